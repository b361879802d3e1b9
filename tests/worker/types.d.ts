// The bindings that the tests inside workerd have.
export {};

declare global {
  namespace Cloudflare {
    interface Env {
      D1_OPS: D1Database;
      MIGRATIONS: { name: string; queries: string[] }[];
      HOST_MIGRATIONS: { name: string; queries: string[] }[];
      EARLIER_MIGRATIONS: { name: string; queries: string[] }[];
    }
  }
}
