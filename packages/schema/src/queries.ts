export {
  adjacentCells,
  cellFractionalIndex,
  cellIDs$,
  cellOrdering$,
  cellPositionInfo,
  cellQuery,
  cellReferences$,
  /** @deprecated Another name of `cellReferences$`. */
  cellReferences$ as cellList$,
  cells$,
  cellsAfter,
  cellsBefore,
  cellsInRange,
  cellsWithIndices$,
  firstCell$,
  getAdjacentCells,
  lastCell$,
  neighboringCells,
} from './queries/cell-queries.js'
export { maxAiIterations$, notebookMetadata$, runtimeSessions$ } from './queries/notebook-queries.js'
export { applyDeltas, getFinalContent, outputDeltas$, outputDeltasQuery } from './queries/output-deltas.js'
