// Who may call a route: three roles, each with a token of its own.
//
//   READ_TOKEN      read
//   ADMIN_TOKEN     read, operate; and approve as long as no APPROVER_TOKEN is set
//   APPROVER_TOKEN  read, approve
//
// A token that is too short, or that two roles share, opens nothing: its caller learns what to set,
// and everybody else learns nothing.

/** @typedef {'read' | 'operate' | 'approve'} Role */

/**
 * @typedef {object} Caller
 * @property {Role | null} role whose token it is; null: no token of ours
 * @property {boolean} allowed whether that token opens the route
 * @property {string} problem why no token opens anything now; "" if nothing is wrong with them
 */

/** The tokens, by the names of their secrets. Who shows two of them is known by the last one of these. */
const TOKENS = /** @type {const} */ ([
  ['READ_TOKEN', 'read'],
  ['ADMIN_TOKEN', 'operate'],
  ['APPROVER_TOKEN', 'approve'],
]);

/** A token of fewer characters could be guessed. */
const TOKEN_LEAST = 32;

const encoder = new TextEncoder();

/** @param {string} text */
const digestOf = (text) => crypto.subtle.digest('SHA-256', encoder.encode(text));

/** @param {Record<string, any>} env */
const tokensOf = (env) => TOKENS.filter(([name]) => env[name]);

/**
 * Whether there are routes at all: without a token there are none.
 * @param {Record<string, any>} env
 */
export const hasTokens = (env) => tokensOf(env).length > 0;

/**
 * What is wrong with the tokens, in words that name them and hold nothing of them.
 * @param {Record<string, any>} env
 * @returns {string} "" if nothing is
 */
export function tokenProblem(env) {
  /** @type {string[]} */
  const problems = [];
  const set = tokensOf(env);
  set.forEach(([name], at) => {
    const token = String(env[name]);
    if (!/^[!-~]*$/.test(token)) {
      problems.push(`${name}: expected printable ASCII without spaces, as fits into a header`);
    } else if (token.length < TOKEN_LEAST) {
      problems.push(`${name}: expected at least ${TOKEN_LEAST} characters, as \`openssl rand -hex 32\` makes`);
    }
    for (const [other] of set.slice(0, at)) {
      if (String(env[other]) === token) problems.push(`${name}: is the same as ${other}; each role has a token of its own`);
    }
  });
  return problems.join('; ');
}

/**
 * @param {string} given
 * @param {string} token
 */
async function isThe(given, token) {
  // Digests have one length, so that the time of the comparison tells nothing of the token.
  const [ours, theirs] = await Promise.all([token, given].map(digestOf));
  return crypto.subtle.timingSafeEqual(ours, theirs);
}

/**
 * @param {Record<string, any>} env
 * @param {string} given
 * @returns {Promise<Role | null>} whose token that is
 */
export async function roleOf(env, given) {
  /** @type {Role | null} */
  let found = null;
  // All of them are compared, whichever it is.
  for (const [name, role] of tokensOf(env)) {
    if (await isThe(given, String(env[name]))) found = role;
  }
  return found;
}

/**
 * @param {Role} role
 * @param {Role} needed
 * @param {Record<string, any>} env
 */
function may(role, needed, env) {
  if (needed === 'read' || role === needed) return true;
  // Without an approver's token the operator also approves.
  return needed === 'approve' && role === 'operate' && !env.APPROVER_TOKEN;
}

/**
 * Who calls, and whether he may. The approver's token comes as the bearer token, or beside another one.
 * @param {Record<string, any>} env
 * @param {Role} needed
 * @param {{bearer: string, beside: string}} given
 * @returns {Promise<Caller>}
 */
export async function callerOf(env, needed, { bearer, beside }) {
  const role = await roleOf(env, bearer);
  if (!role) return { role, allowed: false, problem: '' };
  const problem = tokenProblem(env);
  const seconds = needed === 'approve' && env.APPROVER_TOKEN && (await isThe(beside, String(env.APPROVER_TOKEN)));
  const acting = seconds ? 'approve' : role;
  return { role: acting, allowed: !problem && may(acting, needed, env), problem };
}
