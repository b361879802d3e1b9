// What crosses between the core and its host, as JSON in the headers of frames (wasm/io/frame.cpp writes the commands
// and reads the outcomes). A member that ends in `_bytes` is the length of an attachment, or a list of such lengths: the
// attachments stand behind the header in the order in which their lengths are named.

/** What only the host may know: a secret of the worker's, by its name, or a sealed text and what it is bound to. */
export interface Credential {
  secret?: string;
  sealed?: string;
  bound_to?: string;
}

/** A batch, as one transaction. Its statements are named; each takes the first of the parameters. */
export interface D1Command {
  do: 'd1';
  id: number;
  statements: string[];
  parameter_bytes: number[];
}

/** One HTTP request. */
export interface FetchCommand {
  do: 'fetch';
  id: number;
  method: 'GET' | 'POST' | 'PUT';
  url: string;
  headers: Record<string, string>;
  /** Sent as a bearer token. */
  credential?: Credential;
  /** Members to be added to the JSON body, whose values the core may not see. */
  fillings?: Record<string, Credential>;
  /** Members of the JSON reply to be sealed before the core sees them, each with what it is bound to. */
  seals?: Record<string, string>;
  timeout_ms: number;
  /** The most bytes of a reply that are read. */
  reply_limit: number;
  body_bytes: number;
}

/** Seals texts under ACCOUNTS_KEY. */
export interface SealCommand {
  do: 'seal';
  id: number;
  /** Of each text, what it is bound to. */
  bound_to: string[];
  text_bytes: number[];
}

/** HMAC-SHA-256 of texts under a secret, by its name. */
export interface SignCommand {
  do: 'sign';
  id: number;
  secret: string;
  text_bytes: number[];
}

/** Whether signatures hold. */
export interface VerifyCommand {
  do: 'verify';
  id: number;
  secret: string;
  /** Of each text. */
  signatures: string[];
  text_bytes: number[];
}

/** When the days of a time zone begin. */
export interface DayBoundariesCommand {
  do: 'days';
  id: number;
  time_zone: string;
  from_ms: number;
  to_ms: number;
}

export interface SleepCommand {
  do: 'sleep';
  id: number;
  duration_ms: number;
}

/** Has no outcome. */
export interface LogCommand {
  do: 'log';
  level: 'info' | 'warn' | 'error';
  message: string;
  fields: Record<string, unknown>;
}

/** The end of a job. */
export interface DoneCommand {
  do: 'done';
  /** As HTTP has it. */
  status: number;
  /** 0 if there is nothing to wait for. */
  retry_after_seconds: number;
  /** The header of the job to start behind this one. */
  next?: Record<string, unknown>;
  /** Of the body, where it is neither JSON nor a problem document. */
  type?: string;
  /** Of JSON; of a problem document from status 400 on. */
  body_bytes: number;
}

export type Command =
  | D1Command
  | FetchCommand
  | SealCommand
  | SignCommand
  | VerifyCommand
  | DayBoundariesCommand
  | SleepCommand
  | LogCommand
  | DoneCommand;

/** What the core answers to each call. */
export interface CommandsHeader {
  commands: Command[];
}

/** Of each statement its rows; of each row its columns, by their places. Or D1's words, and whether anything was
 * committed is unknown. */
export type D1Outcome =
  | { of: 'd1'; results: unknown[][][]; error?: undefined }
  | { of: 'd1'; error: string; results?: undefined };

export type FetchOutcome =
  | { of: 'fetch'; status: number; retry_after?: string; date?: string; body_bytes: number }
  | { of: 'fetch'; failure: 'timeout' | 'too_large' | 'broken' | 'no_credential'; detail: string };

/** The sealed texts, or why they cannot be sealed. */
export type SealOutcome =
  | { of: 'seal'; results: string[]; error?: undefined }
  | { of: 'seal'; error: string; results?: undefined };

/** The signatures; of a VerifyCommand why each does not hold, "" where it does. */
export type SignOutcome =
  | { of: 'sign'; results: string[]; error?: undefined }
  | { of: 'sign'; error: string; results?: undefined };

/** Dates ("2026-11-21") and when each begins in Unix milliseconds; nothing for a time zone that is unknown. */
export type DayBoundariesOutcome = { of: 'days'; results?: [date: string, begins_ms: number][] };

export type SleepOutcome = { of: 'sleep' };

export type OutcomeHeader = D1Outcome | FetchOutcome | SealOutcome | SignOutcome | DayBoundariesOutcome | SleepOutcome;

/** What came of one command. */
export interface Outcome {
  header: OutcomeHeader;
  attachments?: Uint8Array[];
}

/** What the core is handed with each call but the first. */
export interface InputHeader {
  /** Whole milliseconds since the job began, by a clock that never goes back. */
  elapsed_ms: number;
  outcomes: (OutcomeHeader & { id: number })[];
}
