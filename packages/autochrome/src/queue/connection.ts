import { Redis } from "ioredis";
import { AutochromeError } from "../errors.ts";

export interface ConnectOptions {
  /** Once connected, wait for a Redis that has gone instead of failing. */
  patient?: boolean;
  /** Told when a patient connection is lost and when it stands again; never twice the same. */
  onChange?: (state: "gone" | "back") => void;
}

/** A connection to Redis that has answered. */
export interface RedisLink {
  redis: Redis;
  /** Its URL without user and password. */
  where: string;
  /** What of its settings endangers jobs, in sentences. */
  warnings: string[];
  /** The checks that BullMQ would make itself, and print, were made here. */
  skipVersionCheck: boolean;
  close(): Promise<void>;
}

/** The oldest Redis that BullMQ recommends. */
const OLDEST_VERSION = [6, 2];

/** Time in which a first connection has to stand. */
const CONNECT_MS = 5000;
const RECONNECT_MS = 2000;

/**
 * Connects to Redis and looks at what it is.
 *
 * @param url `redis://` or, encrypted, `rediss://`, with user, password and database number where needed
 * @throws AutochromeError where the URL is none (exit code 2), nothing answers, what answers is no Redis or an old one,
 *   or the password is wrong; no message holds the password
 */
export async function connectRedis(url: string, options: ConnectOptions = {}): Promise<RedisLink> {
  const { patient = false, onChange = () => {} } = options;
  const where = withoutCredentials(url);
  let standing = false;
  let told: "gone" | "back" = "back";
  let lastError: unknown = null;
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: CONNECT_MS,
    // BullMQ asks for it: commands wait for a connection instead of failing after some tries.
    maxRetriesPerRequest: null,
    retryStrategy: (times) => (standing && patient ? Math.min(RECONNECT_MS, 100 * times) : null),
  });
  redis.on("error", (error) => {
    lastError = error;
  });
  const tell = (state: "gone" | "back") => {
    if (!standing || state === told) return;
    told = state;
    onChange(state);
  };
  redis.on("close", () => tell("gone"));
  redis.on("ready", () => tell("back"));
  try {
    await within(CONNECT_MS, redis.connect());
    // ioredis passes over a database that does not exist, and would use the first.
    if (redis.options.db) await redis.select(redis.options.db);
    const info = await within(CONNECT_MS, redis.info());
    const { warnings, version } = readInfo(info, where);
    standing = true;
    return {
      redis,
      where,
      warnings,
      skipVersionCheck: warnings.length > 0 || version === null,
      close: async () => {
        standing = false;
        if (redis.status === "ready") await within(1000, redis.quit()).catch(() => redis.disconnect());
        else redis.disconnect();
      },
    };
  } catch (error) {
    redis.disconnect();
    throw error instanceof AutochromeError ? error : connectError(where, lastError ?? error);
  }
}

/**
 * A Redis URL as it may be shown.
 *
 * @throws AutochromeError (exit code 2) where it is none
 */
export function withoutCredentials(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed === null || !["redis:", "rediss:"].includes(parsed.protocol) || parsed.hostname === "") {
    // The text itself is not repeated: it may hold a password.
    throw new AutochromeError(
      "that is no Redis URL. It has the form redis://[user:password@]host[:port][/database], or rediss:// for TLS; special characters of a password are written as %-codes.",
      { code: "USAGE", exitCode: 2 },
    );
  }
  const database = parsed.pathname.length > 1 ? parsed.pathname : "";
  return `${parsed.protocol}//${parsed.hostname}:${parsed.port || "6379"}${database}`;
}

class TimeoutError extends Error {}

function within<T>(milliseconds: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TimeoutError("no answer")), milliseconds);
  });
  promise.catch(() => {});
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

function readInfo(info: string, where: string): { warnings: string[]; version: string | null } {
  const fields = new Map(
    info.split(/\r?\n/).map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1)]),
  );
  const version = fields.get("redis_version") ?? null;
  const [major = 0, minor = 0] = (version ?? "").split(".").map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_VERSION;
  if (version !== null && (major < oldestMajor || (major === oldestMajor && minor < oldestMinor))) {
    throw new AutochromeError(
      `the Redis at ${where} is version ${version}: the queue needs ${OLDEST_VERSION.join(".")} or newer. Update it.`,
      { code: "REDIS_OLD" },
    );
  }
  const warnings: string[] = [];
  const policy = fields.get("maxmemory_policy");
  if (policy !== undefined && policy !== "noeviction") {
    warnings.push(
      `the Redis at ${where} throws jobs away when its memory is full (maxmemory-policy ${policy}). Set it to noeviction.`,
    );
  }
  if (fields.get("aof_enabled") === "0") {
    warnings.push(
      `the Redis at ${where} keeps no append-only file: jobs of the last minutes are lost when it ends. Set appendonly yes.`,
    );
  }
  return { warnings, version };
}

function connectError(where: string, cause: unknown): AutochromeError {
  const text = cause instanceof Error ? cause.message : String(cause);
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  const say = (what: string, name: string) => new AutochromeError(what, { code: name, cause });
  if (code === "ECONNREFUSED") {
    return say(
      `nothing answers at ${where} (connection refused). Start Redis there, or name another with --redis.`,
      "REDIS_ABSENT",
    );
  }
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") {
    return say(
      `the host of ${where} is not known (${code}). Check the name given with --redis.`,
      "REDIS_ABSENT",
    );
  }
  if (cause instanceof TimeoutError || code === "ETIMEDOUT" || /timed? ?out/i.test(text)) {
    return say(
      `${where} does not answer within ${CONNECT_MS / 1000} s: it is unreachable, no Redis, or still loading its data. Check host and port, or try again.`,
      "REDIS_SILENT",
    );
  }
  if (/NOAUTH/.test(text)) {
    return say(
      `the Redis at ${where} asks for a password. Put it into the URL: redis://:password@host (best in the variable AUTOCHROME_REDIS, which other users cannot see).`,
      "REDIS_PASSWORD",
    );
  }
  if (/WRONGPASS|invalid password|invalid username|without any password configured/i.test(text)) {
    return say(
      `the Redis at ${where} refuses the user or password of the URL. Check both.`,
      "REDIS_PASSWORD",
    );
  }
  if (/Protocol error|Unknown RESP type/i.test(text)) {
    return say(
      `what answers at ${where} is not Redis. Check host and port given with --redis.`,
      "REDIS_OTHER",
    );
  }
  const reason = text.split("\n")[0];
  return say(
    `cannot use the Redis at ${where}: ${reason}. Check the URL given with --redis.`,
    "REDIS_FAILED",
  );
}
