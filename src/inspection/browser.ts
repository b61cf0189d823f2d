/** Inspection in a page: the Stately inspector, and our own lean stream. */
export type { ContextFields } from './allow-list.js'
export {
  createInspection,
  type Inspection,
  type InspectionOptions,
  type InspectionSource,
  type InspectionTarget,
} from './create-inspection.js'
export type { InspectionSink } from './inspection-hub.js'
export type {
  ActorRecord,
  DefinitionRecord,
  InspectedValue,
  LeanFrame,
  LeanRecord,
  TransitionRecord,
} from './lean-frame.js'
export { leanStream } from './lean-target.js'
export type { StatelyMessage } from './stately-stream.js'
export { statelyWindow, type StatelyWindowOptions } from './stately-window.js'
