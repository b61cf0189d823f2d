import type { Store } from '@runtimed/schema'
import { ArtifactClient } from './artifact-client.js'
import { noArtifactService } from './artifact-upload.js'
import { logger } from './logger.js'
import type { IArtifactClient, RuntimeAgentOptions, RuntimeCapabilities } from './types.js'

/** Defaults of runtime configuration. `syncUrl` is only a name for callers who want that service: nothing applies it by itself. */
export const DEFAULT_CONFIG = {
  syncUrl: 'wss://app.runt.run',
  /** Images with more bytes than this are uploaded instead of being stored in the event log. */
  imageArtifactThresholdBytes: 6 * 1024,
} as const

const artifactSchemes: Record<string, string> = {
  'wss:': 'https:',
  'https:': 'https:',
  'ws:': 'http:',
  'http:': 'http:',
}

/**
 * Everything an agent knows about itself and its notebook. Fixed for the life of the agent; `sessionId`
 * is made here and names this one life.
 */
export class RuntimeConfig {
  readonly runtimeId: string
  readonly runtimeType: string
  /** Empty: there is no sync backend, and no output leaves the machine unless `artifactClient` is given. */
  readonly syncUrl: string
  readonly authToken: string
  readonly notebookId: string
  readonly capabilities: Readonly<RuntimeCapabilities>
  readonly sessionId: string
  readonly imageArtifactThresholdBytes: number
  readonly artifactClient: IArtifactClient
  readonly store: Store
  readonly userId: string

  /** Copies the options and checks nothing; see {@link RuntimeConfig.validate}. */
  constructor(options: RuntimeAgentOptions) {
    this.runtimeId = options.runtimeId
    this.runtimeType = options.runtimeType
    this.syncUrl = options.syncUrl ?? ''
    this.authToken = options.authToken
    this.notebookId = options.notebookId
    this.capabilities = options.capabilities
    this.store = options.store
    this.userId = options.userId
    this.imageArtifactThresholdBytes =
      options.imageArtifactThresholdBytes ?? DEFAULT_CONFIG.imageArtifactThresholdBytes
    this.artifactClient = options.artifactClient ?? defaultArtifactClient(options)
    this.sessionId = createSessionId(options)
  }

  /**
   * Throws one `Error` that names every missing or unusable field and how to set it.
   *
   * `RuntimeAgent.start()` calls it before it writes anything.
   */
  validate(): void {
    const problems = configurationHints
      .filter(({ isUsable }) => !isUsable(this))
      .map(({ field, hint }) => `  ${field}: ${hint}`)
    if (problems.length === 0) return
    const advice = 'Set these values as described in the documentation of your runtime, then start it again.'
    throw new Error(['Missing required configuration:', ...problems, advice].join('\n'))
  }
}

interface ConfigurationHint {
  field: keyof RuntimeConfig
  hint: string
  isUsable(config: RuntimeConfig): boolean
}

const configurationHints: readonly ConfigurationHint[] = [
  {
    field: 'authToken',
    hint: 'AUTH_TOKEN or RUNT_API_KEY environment variable',
    isUsable: (config) => Boolean(config.authToken),
  },
  {
    field: 'notebookId',
    hint: 'NOTEBOOK_ID environment variable',
    isUsable: (config) => Boolean(config.notebookId),
  },
  {
    field: 'runtimeId',
    hint: 'RUNTIME_ID environment variable',
    isUsable: (config) => Boolean(config.runtimeId),
  },
  {
    field: 'runtimeType',
    hint: 'RUNTIME_TYPE environment variable',
    isUsable: (config) => Boolean(config.runtimeType),
  },
  {
    field: 'userId',
    hint: 'id of the user the runtime acts for',
    isUsable: (config) => Boolean(config.userId),
  },
  {
    field: 'syncUrl',
    hint: 'absolute ws:, wss:, http: or https: address of the sync backend, or empty for none',
    isUsable: ({ syncUrl }) => syncUrl === '' || artifactHost(syncUrl) !== undefined,
  },
  {
    field: 'store',
    hint: 'an open LiveStore store of the notebook',
    isUsable: (config) => isStore(config.store),
  },
  {
    field: 'capabilities',
    hint: 'canExecuteCode, canExecuteSql and canExecuteAi, each true or false',
    isUsable: (config) => isCapabilities(config.capabilities),
  },
]

function createSessionId(options: Pick<RuntimeAgentOptions, 'runtimeId' | 'runtimeType'>): string {
  const random = Math.random().toString(36).slice(2, 15)
  return `${options.runtimeType}-${options.runtimeId}-${Date.now()}-${random}`
}

function defaultArtifactClient({
  syncUrl = '',
  useProjectsArtifacts = false,
}: RuntimeAgentOptions): IArtifactClient {
  const host = artifactHost(syncUrl)
  if (host !== undefined) return new ArtifactClient(host, { useProjectsArtifacts })
  if (syncUrl !== '')
    logger.warn(`Sync URL "${syncUrl}" is not an absolute address; outputs are not uploaded`)
  return noArtifactService
}

function artifactHost(syncUrl: string): string | undefined {
  const url = URL.canParse(syncUrl) ? new URL(syncUrl) : undefined
  const scheme = url === undefined ? undefined : artifactSchemes[url.protocol]
  if (url === undefined || scheme === undefined || url.host === '') return undefined
  return `${scheme}//${url.host}`
}

function isStore(store: unknown): boolean {
  const candidate = store as Partial<Store> | null | undefined
  return typeof candidate?.commit === 'function' && typeof candidate.query === 'function'
}

function isCapabilities(capabilities: unknown): boolean {
  const flags = capabilities as Partial<RuntimeCapabilities> | null | undefined
  return [flags?.canExecuteCode, flags?.canExecuteSql, flags?.canExecuteAi].every(
    (flag) => typeof flag === 'boolean',
  )
}
