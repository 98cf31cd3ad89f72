/// <reference lib="esnext.disposable" preserve="true" />
/**
 * The client for the Jules API, Google's cloud coding agent.
 *
 * @packageDocumentation
 */

export type { All, AllOutcomes, AllValue } from './all';
export type { AllResult } from './all-result';
export { configureDefault, Jules, jules } from './client';
export {
  ApiError,
  ApiError as JulesApiError,
  AuthenticationError,
  AuthenticationError as JulesAuthenticationError,
  ClosedError,
  ConfigError,
  DecodeError,
  type EndReason,
  type ErrorFields,
  type ErrorKind,
  InvalidRequestError,
  JulesError,
  type Limit,
  MissingApiKeyError,
  NetworkError,
  NetworkError as JulesNetworkError,
  NotFoundError,
  PatchError,
  PreconditionError,
  PreconditionError as InvalidStateError,
  QueryError,
  RateLimitError,
  RateLimitError as JulesRateLimitError,
  ServerError,
  SessionEndedError,
  SourceNotFoundError,
  StoreError,
  type StoreFault,
  TimeoutError,
  UnexpectedStateError,
} from './errors/classes';
export type {
  SessionList,
  SessionList as SessionCursor,
  SourceList,
  Sources,
  Sources as SourceManager,
} from './lists';
export {
  type BashArtifact,
  connect,
  type JulesClient,
  type JulesDomain,
  type JulesQuery,
  type ListSessionsOptions,
  type ListSessionsResponse,
  type SerializedSnapshot,
  type SessionResource,
} from './official';
export type {
  AllOptions,
  AllProgress,
  CallOptions,
  HistoryOptions,
  Items,
  ItemToConfig,
  JulesOptions,
  ListActivitiesOptions,
  LogFields,
  Logger,
  ReadOptions,
  RetryOptions,
  SessionConfig,
  SessionsOptions,
  SourceInput,
  SourcesOptions,
  StreamOptions,
  SyncDepth,
  SyncOptions,
  SyncProgress,
  Until,
  WaitOptions,
} from './options';
export type {
  ActivitiesQuery,
  Condition,
  Include,
  IncludedActivities,
  IncludedSession,
  Operators,
  Query,
  SessionActivitiesQuery,
  SessionsQuery,
  Where,
} from './query';
export type { Queue } from './queue';
export type {
  ItemToTask,
  QueueOptions,
  RetryOn,
  TaskConfig,
  TaskListOptions,
  TasksOptions,
} from './queue-options';
export type { Approve, QueueWork, WorkOptions } from './queue-work';
export type { Run } from './run';
export type { Activities, Session, Session as SessionClient } from './session';
export type { ActivityStream } from './stream';
export type { Task, TaskResult } from './task';
export type * from './values/activity';
export type * from './values/artifact';
export type { ChangeType, FileOptions, GeneratedFile, GeneratedFiles, GeneratedFilesOptions } from './values/files';
export { Activity, type ActivityMethods, type FromJSON, Outcome, SessionInfo, Snapshot } from './values/from-json';
export type * from './values/outcome';
export type * from './values/output';
export type * from './values/quota';
export type {
  ActivityRow,
  Data,
  Domain,
  FieldPath,
  Projected,
  Row,
  Selection,
  SessionRow,
  ValueAt,
  WholeRow,
} from './values/rows';
export type * from './values/session-info';
export type {
  FailedCommand,
  Insights,
  SnapshotField,
  SnapshotFields,
  TimelineEntry,
  ToJSONOptions,
} from './values/snapshot';
export type * from './values/source';
export type * from './values/task';
