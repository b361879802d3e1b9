// What the test runner hands into workerd.
import 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    twin: { url: string; token: string; location: string };
    /** A local Resend, and the API key that it takes. */
    resend: { url: string; token: string };
    /** The origin of a server whose answers never end. */
    staller: string;
    /** Which seeded schedules tests/worker plays: the first `count`, or one. */
    schedules: { count: number; only: number | null };
  }
}
