// What a diagnosis has found: things that have to be done before an adoption, and things to know.

/**
 * @typedef {object} Finding
 * @property {string} title
 * @property {string[]} details SQL, or what it is about, a line each
 */

export class Findings {
  /** To be done first. @type {Finding[]} */
  todo = [];
  /** Whether pos-sync works there already. */
  isAdopted = false;
  /** Whether pos-sync is set to purge no row of the queue. */
  keepsRows = false;
  /** To be known, under headings. @type {{heading: string, notes: Finding[]}[]} */
  sections = [];

  /** @param {string} heading */
  section(heading) {
    this.sections.push({ heading, notes: [] });
  }

  /** @param {string} title @param {...string} details */
  note(title, ...details) {
    /** @type {{notes: Finding[]}} */ (this.sections.at(-1)).notes.push({ title, details });
  }

  /** @param {string} title @param {...string} details */
  mustDo(title, ...details) {
    this.todo.push({ title, details });
  }

  /** What is in the way of a purge, if there are any. @param {string} title @param {...string} details */
  stopsPurge(title, ...details) {
    if (this.keepsRows) this.note(`not while QUEUE_RETENTION_DAYS is 0, as in wrangler.toml: ${title}`, ...details);
    else this.mustDo(title, ...details);
  }

  get canBeAdopted() {
    return this.todo.length === 0;
  }

  /** The whole report. Its last line is `can be adopted`, or a list of what to do ends it. */
  toString() {
    const lines = [];
    for (const { heading, notes } of this.sections) {
      lines.push(heading);
      if (notes.length === 0) lines.push('  nothing');
      for (const { title, details } of notes) lines.push(`  ${title}`, ...indented(details, 6));
      lines.push('');
    }
    if (this.canBeAdopted) return [...lines, 'can be adopted'].join('\n');
    lines.push(this.isAdopted ? 'To be done, for pos-sync works on this database:' : 'To be done before pos-sync can adopt this database:');
    for (const [index, { title, details }] of this.todo.entries()) {
      lines.push(`${index + 1}. ${title}`, ...indented(details, 5));
    }
    return lines.join('\n');
  }
}

/** @param {string[]} texts @param {number} width */
const indented = (texts, width) =>
  texts.flatMap((text) => text.split('\n')).map((line) => ' '.repeat(width) + line);
