/** For tests of handlers, of apps and of machines: a registry with a clock that stands still, fake handlers, and paths through models. */
export { createAgentModel, type AgentModel } from './agent-model.js'
export type { ModelContext, ModelEvent, ModelInput, ModelRow } from './agent.model.js'
export { coverTransitions, type Cover, type CoverOptions, type CoverStep } from './cover-transitions.js'
export { fakeHandler, type FakeHandler, type FakeHandlerOptions } from './fake-handler.js'
export {
  testRegistry,
  type TestExecution,
  type TestNotebook,
  type TestRegistry,
  type TestRegistryOptions,
  type TestRuntimeType,
} from './test-registry.js'
export { machineTransitions, takenTransitions } from './transitions.js'
