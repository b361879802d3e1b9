// The few unit tests that play thousands of cases.

/** Half of the time of the unit tests is that of these: patterns of doctest's, in which ? is a comma. What is to be
 * quick leaves them out, or shows them only what no other test has noticed. */
export const SLOW_UNIT_TESTS = [
  'two overlapping ticks? step by step in every order*',
  'whatever goes wrong? each payment is refunded at most once*',
  'small histories are grouped as the rules say*',
  'fifty payloads of nearly 256 KB*',
  'killed twice? after any two of its commands*',
  'whatever has happened? the lines of each day add up*',
  'a worker that goes away at any command*',
  'a seed that is run twice*',
  'a Square whose searches lag for days*',
  'two ticks that overlap at every step send each mail once*',
  'what grows most on its way to D1*',
];

/** These hand megabytes over, to hold a limit: a second or two each. */
export const LARGE_UNIT_TESTS = [
  'drafts of more than four megabytes*',
  'a table of mails of eight megabytes*',
  'an order comes however large it is*',
  'a tick purges 50?000 old rows*',
  'a claim ends where two megabytes are in it*',
  'a table of more than eight megabytes*',
  'orders too large for a payload*',
  'a tick asks for no more orders while the bytes*',
  'a list of large orders comes in more pages*',
  'a page of repairs ends behind a megabyte*',
  'what an audit has read is forgotten after ninety days*',
];
