/** What every client tells the sync backend when it connects. */
export interface BaseSyncPayload {
  /** OIDC token or API key. */
  authToken: string
}

/** Payload of a runtime agent. The backend refuses it when `userId` is not the owner of the token. */
export interface RuntimeSyncPayload extends BaseSyncPayload {
  runtime: true
  runtimeId: string
  sessionId: string
  userId: string
}

/** Payload of a person's client. */
export interface UserSyncPayload extends BaseSyncPayload {
  runtime?: false
}

export type SyncPayload = RuntimeSyncPayload | UserSyncPayload

export function isRuntimeSyncPayload(payload: SyncPayload): payload is RuntimeSyncPayload {
  return payload.runtime === true
}

export function isUserSyncPayload(payload: SyncPayload): payload is UserSyncPayload {
  return !isRuntimeSyncPayload(payload)
}

/** Payload for the agent with this session. */
export function createRuntimeSyncPayload(params: Omit<RuntimeSyncPayload, 'runtime'>): RuntimeSyncPayload {
  return { ...params, runtime: true }
}

/** Payload for a person's client. */
export function createUserSyncPayload(authToken: string): UserSyncPayload {
  return { authToken, runtime: false }
}
