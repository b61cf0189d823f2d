import { useSelector } from '@xstate/react'
import { Component, useEffect, type ReactNode } from 'react'
import { toFailure, type Failure } from '../../machines/index.js'
import { RegistryError } from '../errors.js'
import type { AgentControl } from './agent-control.js'
import type { AgentReading } from './agent-source.js'
import { useAgentControl } from './use-agent-control.js'

/** What the fallback of an {@link AgentErrorBoundary} is told. */
export interface AgentErrorDetails {
  /** `machineCrashed` after a crash of the agent; for what a component threw, a failure with its message. */
  readonly failure: Failure
  /** What was thrown while rendering. */
  readonly error: unknown
  /** Starts a new agent when the agent has crashed, and renders the children again; at once, or as soon as it is there. */
  readonly retry: () => void
}

/** Props of {@link AgentErrorBoundary}. */
export interface AgentErrorBoundaryProps {
  readonly notebookId: string
  readonly fallback: (details: AgentErrorDetails) => ReactNode
  readonly children?: ReactNode
}

/**
 * Shows the fallback instead of its children when the agent of the notebook has crashed, or when a child throws while rendering;
 * what stands beside it stays. The children come back when there is a new agent, whoever started it. A crash is a bug of the agent
 * itself: a runtime that breaks is a state, and no crash. Throws `NO_PROVIDER` outside a `RuntimeAgentProvider`.
 */
export function AgentErrorBoundary({ notebookId, fallback, children }: AgentErrorBoundaryProps) {
  const control = useAgentControl('AgentErrorBoundary', notebookId)
  return (
    <Boundary key={notebookId} control={control} fallback={fallback}>
      <CrashGate control={control}>{children}</CrashGate>
    </Boundary>
  )
}

const crashOf = ({ crash }: AgentReading) => crash

/** Turns a crash of the agent into an error of its own place in the tree. */
function CrashGate({ control, children }: { control: AgentControl; children: ReactNode }) {
  const crash = useSelector(control.source, crashOf)
  if (crash) throw new RegistryError('AGENT_CRASHED', crash.message, { cause: { failure: crash } })
  return children
}

interface BoundaryProps {
  readonly control: AgentControl
  readonly fallback: (details: AgentErrorDetails) => ReactNode
  readonly children: ReactNode
}

class Boundary extends Component<BoundaryProps, { readonly caught: { readonly error: unknown } | null }> {
  override readonly state = { caught: null }

  static getDerivedStateFromError(error: unknown) {
    return { caught: { error } }
  }

  readonly #reset = () => this.setState({ caught: null })

  override render(): ReactNode {
    const { caught } = this.state as { caught: { readonly error: unknown } | null }
    if (!caught) return this.props.children
    return <Fallback {...this.props} error={caught.error} onReset={this.#reset} />
  }
}

interface FallbackProps extends Omit<BoundaryProps, 'children'> {
  readonly error: unknown
  readonly onReset: () => void
}

function Fallback({ control, fallback, error, onReset }: FallbackProps) {
  const crash = useSelector(control.source, crashOf)
  const isCrash = RegistryError.is(error) && error.code === 'AGENT_CRASHED'
  useEffect(() => {
    if (isCrash && !crash) onReset()
  }, [isCrash, crash, onReset])
  const failure = toFailure(isCrash ? error.cause : error)
  const retry = () => (crash ? void control.restartAgent() : onReset())
  return fallback({ failure, error, retry })
}
