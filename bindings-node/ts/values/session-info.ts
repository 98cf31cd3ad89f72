// What is known of a session.

import type { Activity, Plan } from './activity';
import type { Outcome } from './outcome';
import type { PullRequest, SessionOutput } from './output';
import type { Source } from './source';

// surface: union SessionState open
/**
 * The state of a session.
 *
 * - `unspecified`: The server has not said, as in the answer to a create.
 * - `queued`: Waiting for a machine.
 * - `planning`: The agent is making its plan.
 * - `awaitingPlanApproval`: The agent waits for `approve`.
 * - `awaitingUserFeedback`: The agent has asked something and waits for a message.
 * - `inProgress`: The agent works.
 * - `paused`: It was paused.
 * - `failed`: Ended without success.
 * - `completed`: Ended with success. A message can wake it again.
 */
export type SessionState =
  | 'unspecified'
  | 'queued'
  | 'planning'
  | 'awaitingPlanApproval'
  | 'awaitingUserFeedback'
  | 'inProgress'
  | 'paused'
  | 'failed'
  | 'completed'
  | (string & {});
// surface: end

/** What a session works on. */
export interface SourceContext {
  /** The source's name, `sources/github/owner/repo`. */
  readonly source: string;
  /** The branch it starts from. */
  readonly startingBranch?: string;
  /** The branch it works on. */
  readonly workingBranch?: string;
  /** Whether the agent has the environment variables that are set up for the source. */
  readonly environmentVariablesEnabled?: boolean;
}

/** What is known of a session, as seen at one moment. */
export interface SessionInfo {
  readonly id: string;
  /** The resource name, `sessions/<id>`. */
  readonly name: string;
  readonly title: string;
  readonly prompt: string;
  readonly state: SessionState;
  /** What the server says its state is, where it differs from `state`: the activities say that the session ended long ago. */
  readonly serverState?: SessionState;
  /** Its page in the web app; may be empty. */
  readonly url: string;
  /** RFC 3339 in UTC; absent when the server didn't say. */
  readonly createTime?: string;
  /** RFC 3339 in UTC; absent when the server didn't say. */
  readonly updateTime?: string;
  readonly archived: boolean;
  readonly sourceContext?: SourceContext;
  readonly source?: Source;
  readonly requirePlanApproval?: boolean;
  /** Such as `AUTO_CREATE_PR`. */
  readonly automationMode?: string;
  readonly outputs: readonly SessionOutput[];
  readonly pullRequest?: PullRequest;
  /** The latest plan; only with `session.info()`. */
  readonly plan?: Plan;
  /** The activities that are known; only with `session.info()`, elsewhere empty. */
  readonly activities: readonly Activity[];
  /** How it ended, once it has. */
  readonly outcome?: Outcome;
}

/** A page of sessions. */
export interface SessionsPage {
  readonly sessions: readonly SessionInfo[];
  /** What to ask the next page with; absent on the last one. */
  readonly nextPageToken?: string;
}
