// What happens in a session: a union on `type`.

import type { Artifact } from './artifact';

/** Who did it, as the server says; empty when it doesn't. */
export type Origin = 'user' | 'agent' | 'system' | (string & {});

/** One step of a plan. */
export interface PlanStep {
  readonly id: string;
  readonly title: string;
  readonly description?: string;
  /** Its place, from 0. */
  readonly index: number;
}

/** What the agent means to do. */
export interface Plan {
  readonly id: string;
  /** When it was made, RFC 3339. */
  readonly createTime?: string;
  readonly steps: readonly PlanStep[];
}

/** What all activities have. */
export interface ActivityBase {
  /** The resource name, usually `sessions/1/activities/2`. */
  readonly name: string;
  /** Unique within the session. */
  readonly id: string;
  /** The session that it is of; absent where the name doesn't say. */
  readonly sessionId?: string;
  /** When it happened, RFC 3339 in UTC; absent when the server didn't say. */
  readonly createTime?: string;
  /** Who did it. */
  readonly originator: Origin;
  /** A description, when there is one. */
  readonly description?: string;
  /** Its artifacts. */
  readonly artifacts: readonly Artifact[];
}

// surface: activities
/** The agent wrote a message. */
export interface ActivityAgentMessaged extends ActivityBase {
  readonly type: 'agentMessaged';
  /** The message. */
  readonly message: string;
}

/** The user wrote a message. */
export interface ActivityUserMessaged extends ActivityBase {
  readonly type: 'userMessaged';
  /** The message. */
  readonly message: string;
}

/** The agent made a plan. */
export interface ActivityPlanGenerated extends ActivityBase {
  readonly type: 'planGenerated';
  /** The plan. */
  readonly plan: Plan;
}

/** A plan was approved. */
export interface ActivityPlanApproved extends ActivityBase {
  readonly type: 'planApproved';
  /** The id of the plan. */
  readonly planId: string;
}

/** The work progressed. */
export interface ActivityProgressUpdated extends ActivityBase {
  readonly type: 'progressUpdated';
  /** What is being done, in a few words. */
  readonly title: string;
  /** More about it: its own description, or else that of the activity; may be empty. */
  readonly description: string;
}

/** The session ended with success. */
export interface ActivitySessionCompleted extends ActivityBase {
  readonly type: 'sessionCompleted';
}

/** The session ended without success. */
export interface ActivitySessionFailed extends ActivityBase {
  readonly type: 'sessionFailed';
  /** Why. */
  readonly reason: string;
}

/** Something that this version does not know, or nothing but a description. */
export interface ActivityUnknown extends ActivityBase {
  readonly type: 'unknown';
  /** The server's word for it; empty when there is none. */
  readonly kind: string;
  /** The whole activity as the server sent it. */
  readonly raw: unknown;
}

/**
 * One thing that happened in a session.
 *
 * @example
 * switch (activity.type) {
 *   case 'planGenerated': return activity.plan.steps.map((step) => step.title);
 *   case 'agentMessaged': return [activity.message];
 * }
 */
export type Activity =
  | ActivityAgentMessaged
  | ActivityUserMessaged
  | ActivityPlanGenerated
  | ActivityPlanApproved
  | ActivityProgressUpdated
  | ActivitySessionCompleted
  | ActivitySessionFailed
  | ActivityUnknown;
// surface: end

/** The name of a type of activity. */
export type ActivityType = Activity['type'];

/** The activities of some types. */
export type ActivityOf<Type extends ActivityType> = Extract<Activity, { type: Type }>;

/** A page of activities. */
export interface ActivitiesPage {
  readonly activities: readonly Activity[];
  /** What to ask the next page with; absent on the last one. */
  readonly nextPageToken?: string;
}
