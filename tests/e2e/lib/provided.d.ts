// What the test runner hands into workerd.
import 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    twin: { url: string; token: string; location: string };
    /** A local Resend, and the API key that it takes. */
    resend: { url: string; token: string };
    /** The origin of a server whose answers never end. */
    staller: string;
    /** The origin of one that answers as a request's path asks it to, and tells what came. */
    wire: string;
    /** Which seeded schedules tests/worker plays: the first `count`, or one. */
    schedules: { count: number; only: number | null };
    /** How long is waited for what is bound to happen. */
    patience_ms: number;
    /** The crons of wrangler.toml. */
    crons: string[];
  }
}
