import type { InspectionTarget } from './create-inspection.js'
import type { LeanFrame } from './lean-frame.js'

/** A target in the same program: calls back with each lean frame. The callback must return fast and must not throw. */
export function leanStream(receive: (frame: LeanFrame) => void): InspectionTarget {
  return { connect: (source) => source.lean({ isReady: () => true, send: receive }) }
}
