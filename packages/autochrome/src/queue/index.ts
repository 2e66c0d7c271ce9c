/**
 * Photos handed out to workers on many machines, through BullMQ and Redis. Nothing else loads either.
 *
 * @module
 */
export { type ConnectOptions, connectRedis, type RedisLink, withoutCredentials } from "./connection.ts";
export {
  type DeadLetter,
  type DeadLetterFilter,
  deadLetters,
  describeReason,
  retryDeadLetters,
} from "./dead-letters.ts";
export { type FindOptions, type Found, findPhotos } from "./inputs.ts";
export type { Batch, JobData } from "./jobs.ts";
export { nameNetwork } from "./networks.ts";
export {
  type AddCounts,
  type AddOptions,
  DEFAULT_QUEUE,
  type OpenOptions,
  PhotoQueue,
} from "./photo-queue.ts";
export { storedPath } from "./places.ts";
export { type Planned, type PlanOptions, planJobs } from "./plan.ts";
export { type QueueStatus, readStatus } from "./status.ts";
export { runWorker, type WorkerEvent, type WorkerOptions, type WorkerResult } from "./worker.ts";
