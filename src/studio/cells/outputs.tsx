import { applyDeltas, cellQuery, outputDeltasQuery, type OutputData } from '@runtimed/schema'
import { memo } from 'react'
import { useNotebookQuery } from '../../react/livestore/index.js'
import { AnsiText } from './ansi-text.js'
import { HtmlFrame } from './html-frame.js'
import { Markdown } from './markdown.js'
import { toOutputContent, type OutputContent } from './output-content.js'

/** What a cell has shown. */
export function Outputs({ cellId, label }: { cellId: string; label: string }) {
  const rows = useNotebookQuery(cellQuery.outputs(cellId))
  if (rows.length === 0) return null
  return (
    <div className="outputs" role="group" aria-label={`Output of ${label}`}>
      {rows.map((row) => (
        <Output key={row.id} row={row} label={label} />
      ))}
    </div>
  )
}

const Output = memo(
  OutputRow,
  (before, after) => isSameRow(before.row, after.row) && before.label === after.label,
)

function OutputRow({ row, label }: { row: OutputData; label: string }) {
  const deltas = useNotebookQuery(outputDeltasQuery(row.id))
  return <Content content={toOutputContent(row, applyDeltas('', deltas))} label={label} />
}

function Content({ content, label }: { content: OutputContent; label: string }) {
  switch (content.kind) {
    case 'text':
      return (
        <div className={content.isError ? 'output stderr' : 'output'}>
          <AnsiText text={content.text} label={`Text of ${label}`} />
        </div>
      )
    case 'error':
      return (
        <div className="output error">
          <strong>{content.name}</strong>: {content.value}
          {content.traceback && <AnsiText text={content.traceback} label={`Traceback of ${label}`} />}
        </div>
      )
    case 'html':
      return (
        <div className="output">
          <HtmlFrame html={content.text} title={`HTML of ${label}`} />
        </div>
      )
    case 'markdown':
      return (
        <div className="output">
          <Markdown text={content.text} />
        </div>
      )
    case 'json':
      return (
        <div className="output">
          <pre className="json" tabIndex={0} role="group" aria-label={`JSON of ${label}`}>
            {content.text}
          </pre>
        </div>
      )
    case 'image':
      return (
        <div className="output">
          <img src={content.url} alt={`Picture of ${label}`} />
        </div>
      )
  }
}

/** Rows are read anew whenever any output is written; only what is shown counts. */
const isSameRow = (left: OutputData, right: OutputData): boolean =>
  left.id === right.id &&
  left.data === right.data &&
  left.mimeType === right.mimeType &&
  JSON.stringify(left.representations) === JSON.stringify(right.representations)
