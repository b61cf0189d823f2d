import {
  type ArtifactClient,
  createRuntimeSyncPayload,
  createStorePromise,
  createUserSyncPayload,
  DEFAULT_CONFIG,
  isRuntimeSyncPayload,
  isUserSyncPayload,
  RuntimeConfig,
} from '@runtimed/agent-core'
import { makeAdapter } from '@livestore/adapter-node'
import { LogLevel as StoreLogLevel } from 'effect'
import { describe, expect, it } from 'vitest'
import { codeOnly, configFor, noArtifacts, openStore } from './support.js'

const options = {
  runtimeId: 'r1',
  runtimeType: 'python3',
  capabilities: codeOnly,
  authToken: 'token',
  notebookId: 'n1',
  userId: 'ada',
  store: undefined as never,
}

function artifactHostFor(syncUrl: string): string | undefined {
  return (new RuntimeConfig({ ...options, syncUrl }).artifactClient as ArtifactClient).baseUrl
}

describe('RuntimeConfig', () => {
  it('keeps what it is given and makes a session id of its own', () => {
    const config = new RuntimeConfig({
      ...options,
      syncUrl: 'wss://sync.example',
      artifactClient: noArtifacts,
      imageArtifactThresholdBytes: 0,
    })
    expect(config).toMatchObject({
      runtimeId: 'r1',
      notebookId: 'n1',
      userId: 'ada',
      imageArtifactThresholdBytes: 0,
    })
    expect(config.artifactClient).toBe(noArtifacts)
    expect(config.sessionId).toMatch(/^python3-r1-\d{13}-[a-z0-9]{1,13}$/)
    expect(new RuntimeConfig({ ...options, syncUrl: '' }).sessionId).not.toBe(config.sessionId)
    expect(DEFAULT_CONFIG).toEqual({ syncUrl: 'wss://app.runt.run', imageArtifactThresholdBytes: 6144 })
  })

  it('D78 D79 artifacts go to the host of the sync address, without a downgrade, and nowhere without one', () => {
    expect(artifactHostFor('wss://sync.example:444/livestore')).toBe('https://sync.example:444')
    expect(artifactHostFor('https://sync.example')).toBe('https://sync.example')
    expect(artifactHostFor('ws://localhost:8787')).toBe('http://localhost:8787')
    for (const syncUrl of ['', 'nonsense', 'ftp://sync.example']) {
      expect(artifactHostFor(syncUrl)).toBeUndefined()
    }
  })

  it('D36 validate names every missing or unusable field', async () => {
    const empty = {
      authToken: '',
      notebookId: '',
      runtimeId: '',
      runtimeType: '',
      userId: '',
      syncUrl: '/relative',
      capabilities: undefined as never,
      store: {} as never,
    }
    const lines = messageOf(() => new RuntimeConfig(empty).validate()).split('\n')
    expect(lines[0]).toBe('Missing required configuration:')
    expect(lines.slice(1, -1).map((line) => line.trim().split(':')[0])).toEqual([
      'authToken',
      'notebookId',
      'runtimeId',
      'runtimeType',
      'userId',
      'syncUrl',
      'store',
      'capabilities',
    ])
    const store = await openStore()
    expect(() => configFor(store).validate()).not.toThrow()
    expect(messageOf(() => configFor(store, { authToken: '' }).validate())).toMatch(
      /AUTH_TOKEN or RUNT_API_KEY/,
    )
  })
})

describe('sync payloads and stores', () => {
  it('payloads tell runtimes and people apart', () => {
    const runtime = createRuntimeSyncPayload({ authToken: 't', runtimeId: 'r', sessionId: 's', userId: 'u' })
    expect(runtime).toEqual({ authToken: 't', runtimeId: 'r', sessionId: 's', userId: 'u', runtime: true })
    expect(createUserSyncPayload('t')).toEqual({ authToken: 't', runtime: false })
    expect([isRuntimeSyncPayload(runtime), isUserSyncPayload(runtime)]).toEqual([true, false])
    const plain = { authToken: 't' }
    expect([isRuntimeSyncPayload(plain), isUserSyncPayload(plain)]).toEqual([false, true])
  })

  it('a payload with an undefined property does not keep a store from opening', async () => {
    const store = await createStorePromise({
      adapter: makeAdapter({ storage: { type: 'in-memory' }, clientId: crypto.randomUUID() }),
      notebookId: 'with-undefined',
      syncPayload: { authToken: 'token', runtime: undefined } as never,
      disableDevtools: true,
      logLevel: StoreLogLevel.None,
    })
    expect(store.storeId).toBe('with-undefined')
    await store.shutdownPromise()
  })
})

function messageOf(action: () => void): string {
  try {
    action()
  } catch (error) {
    return (error as Error).message
  }
  throw new Error('nothing was thrown')
}
