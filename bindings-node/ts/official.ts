// Names of the official SDK for what has another name here, so that a program that moves keeps its own lines.

import { Jules } from './client';
import type { JulesOptions, SessionsOptions } from './options';
import type { Query } from './query';
import type { BashOutputArtifact } from './values/artifact';
import type { Domain } from './values/rows';
import type { SessionInfo, SessionsPage } from './values/session-info';
import type { SnapshotFields } from './values/snapshot';

/**
 * Makes a client, as `new Jules(options)` does.
 *
 * @param options - What is absent comes from the environment, then from the default.
 * @throws {@link ConfigError} for a bad or unknown option, {@link MissingApiKeyError} when there is no key.
 */
export function connect(options?: JulesOptions): Jules {
  return new Jules(options);
}

/** The official SDK's name of {@link Jules}. */
export type JulesClient = Jules;
/** The official SDK's name of {@link SessionInfo}. */
export type SessionResource = SessionInfo;
/** The official SDK's name of {@link SessionsOptions}. */
export type ListSessionsOptions = SessionsOptions;
/** The official SDK's name of {@link SessionsPage}. */
export type ListSessionsResponse = SessionsPage;
/** The official SDK's name of {@link BashOutputArtifact}. */
export type BashArtifact = BashOutputArtifact;
/** The official SDK's name of {@link SnapshotFields}. */
export type SerializedSnapshot = SnapshotFields;
/** The official SDK's name of {@link Domain}. */
export type JulesDomain = Domain;
/** The official SDK's name of {@link Query}. */
export type JulesQuery<From extends Domain = Domain> = Extract<Query, { from: From }>;
