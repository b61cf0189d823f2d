import type { CellData, CellType } from '@runtimed/schema'
import { memo, useCallback, useLayoutEffect, useRef, useSyncExternalStore } from 'react'
import { useExecution } from '../../react/index.js'
import { actionOf } from '../../status/index.js'
import { useNotebook } from '../notebook-context.js'
import { Button } from '../parts/button.js'
import { durationText, useClock } from '../parts/use-clock.js'
import { StatusBadge } from '../parts/status-badge.js'
import type { CellFocus } from './cell-focus.js'
import { CodeEditor } from './code-editor.js'
import { flushDrafts } from './drafts.js'
import type { EditorLanguage } from './editor-setup.js'
import { Markdown } from './markdown.js'
import { Outputs } from './outputs.js'

/** Props of {@link CellView}. */
export interface CellViewProps {
  readonly cell: CellData
  /** From 1. */
  readonly number: number
  readonly isLast: boolean
  readonly codeLanguage: EditorLanguage
  readonly focus: CellFocus
  readonly onLeave: (cellId: string, direction: -1 | 1) => boolean
}

/** One cell: source, state and outputs. */
export const CellView = memo(CellRow, isSameCell)

function CellRow(props: CellViewProps) {
  const { cell, number, focus } = props
  const kind = kinds[cell.cellType]
  const label = `${kind} cell ${number}`
  const { isSelected, isEditing } = useCellFocus(focus, cell.id)
  const place = useRef<HTMLElement>(null)
  const isPressed = useRef(false)
  useLayoutEffect(() => {
    const mayScroll = !isPressed.current
    isPressed.current = false
    if (!isSelected) return
    if (mayScroll) place.current?.scrollIntoView({ block: 'nearest' })
    if (!isEditing && !isElsewhere(place.current)) place.current?.focus({ preventScroll: true })
  }, [isSelected, isEditing])
  // What is pressed must stay under the pointer until it is let go; otherwise there is no click.
  const select = () => {
    if (isSelected) return
    isPressed.current = true
    focus.select(cell.id)
  }
  const className = `cell ${cell.cellType} ${isSelected ? 'selected' : ''} ${isEditing ? 'editing' : ''}`
  return (
    <li>
      <section
        ref={place}
        className={className}
        aria-label={label}
        aria-current={isSelected ? 'true' : undefined}
        tabIndex={isSelected ? 0 : -1}
        data-cell={cell.id}
        onMouseDown={select}
      >
        {cell.cellType === 'code' ? (
          <CodeCell {...props} label={label} isEditing={isEditing} isSelected={isSelected} />
        ) : (
          <TextCell {...props} label={label} isEditing={isEditing} />
        )}
        {isSelected && <CellTools {...props} label={label} />}
      </section>
    </li>
  )
}

type BodyProps = CellViewProps & { readonly label: string; readonly isEditing: boolean }

function CodeCell(props: BodyProps & { readonly isSelected: boolean }) {
  const { cell, label, isEditing, isSelected, codeLanguage, focus, onLeave } = props
  const { notebook } = useNotebook()
  const execution = useExecution(cell.id)
  const { status, state, queuePosition, startedAt, durationMs, executionCount } = execution
  const isRunning = state === 'handling' || state === 'interrupting'
  const now = useClock(isRunning && startedAt !== null)
  const elapsed = isRunning && startedAt ? now - startedAt.getTime() : durationMs
  const run = actionOf(status, 'run')
  const detail =
    queuePosition === null ? (elapsed === null ? undefined : durationText(elapsed)) : `#${queuePosition}`
  const count = executionCount ?? cell.executionCount
  const language = cell.source.startsWith('%%html') ? 'html' : codeLanguage
  return (
    <>
      <div className="cell-row">
        <div className="gutter">
          {run.enabled ? (
            <Button
              label={`Run ${label}`}
              icon="play"
              isBare
              keys="Shift+Enter"
              onPress={() => {
                flushDrafts()
                focus.select(cell.id)
                notebook.run(cell.id)
              }}
            />
          ) : (
            <Button
              label={`Cancel ${label}`}
              icon="stop"
              isBare
              onPress={() => notebook.writer.cancelExecution(cell.id)}
            />
          )}
          <span className="count">{count === null ? '' : `[${count}]`}</span>
        </div>
        <div className="cell-body">
          <Editor {...{ cell, label, isEditing, language, focus, onLeave }} />
          {state !== 'none' && (
            <div className="cell-status">
              <StatusBadge status={status} detail={detail} />
              {isSelected && (
                <span className="visually-hidden" role="status">
                  {label}: {status.text}
                </span>
              )}
              {execution.cancelReason && <span className="reason">{execution.cancelReason}</span>}
              {state === 'lost' && <span className="reason">{execution.error}</span>}
            </div>
          )}
        </div>
      </div>
      <Outputs cellId={cell.id} label={label} />
    </>
  )
}

function TextCell({ cell, label, isEditing, focus, onLeave }: BodyProps) {
  const isShown = cell.cellType === 'markdown' && !isEditing
  const language = cell.cellType === 'markdown' ? 'markdown' : 'text'
  return (
    <div className="cell-row">
      <div className="gutter" />
      <div className="cell-body" onDoubleClick={() => focus.select(cell.id, true)}>
        {isShown ? (
          <Markdown text={cell.source || '*Empty text. Press Enter to write.*'} />
        ) : (
          <Editor {...{ cell, label, isEditing, language, focus, onLeave }} />
        )}
      </div>
    </div>
  )
}

function Editor(props: Omit<BodyProps, 'number' | 'isLast' | 'codeLanguage'> & { language: EditorLanguage }) {
  const { cell, label, isEditing, language, focus, onLeave } = props
  const { notebook } = useNotebook()
  const onSource = useCallback(
    (source: string) => void notebook.writer.setCellSource(cell.id, source),
    [notebook, cell.id],
  )
  return (
    <CodeEditor
      label={`Source of ${label}`}
      source={cell.source}
      language={language}
      isEditing={isEditing}
      onSource={onSource}
      onFocus={() => focus.select(cell.id, true)}
      onLeave={(direction) => onLeave(cell.id, direction)}
    />
  )
}

function CellTools({ cell, number, isLast, label, focus }: CellViewProps & { label: string }) {
  const { notebook } = useNotebook()
  return (
    <div className="cell-tools" role="toolbar" aria-label={`Tools of ${label}`}>
      <select
        aria-label={`Type of ${label}`}
        value={cell.cellType}
        onChange={(event) => notebook.writer.setCellType(cell.id, event.target.value as CellType)}
      >
        <option value="code">Code</option>
        <option value="markdown">Text</option>
        <option value="raw">Raw</option>
      </select>
      <Button
        label="Move up"
        icon="up"
        isBare
        disabledReason={number === 1 ? 'It is the first cell.' : undefined}
        onPress={() => notebook.writer.moveCell(cell.id, { by: -1 })}
      />
      <Button
        label="Move down"
        icon="down"
        isBare
        disabledReason={isLast ? 'It is the last cell.' : undefined}
        onPress={() => notebook.writer.moveCell(cell.id, { by: 1 })}
      />
      <Button
        label="Run all above"
        icon="play-above"
        isBare
        onPress={() => {
          flushDrafts()
          notebook.runAbove(cell.id)
        }}
      />
      <Button
        label="Clear output"
        icon="clear"
        isBare
        onPress={() => notebook.writer.clearOutputs(cell.id)}
      />
      <Button
        label="Add cell below"
        icon="plus"
        isBare
        keys="B"
        onPress={() => focus.select(notebook.writer.createCell('code', { below: cell.id }).cellId)}
      />
      <Button
        label="Delete cell"
        icon="trash"
        isBare
        keys="D D"
        onPress={() => notebook.writer.deleteCell(cell.id)}
      />
    </div>
  )
}

const kinds = {
  code: 'Code',
  markdown: 'Text',
  raw: 'Raw',
  sql: 'SQL',
  ai: 'AI',
} satisfies Record<CellType, string>

/** Whether this cell is selected, and edited; the same object until that changes. */
function useCellFocus(focus: CellFocus, cellId: string) {
  const read = () => {
    const { cellId: selected, isEditing } = focus.getSnapshot()
    return selected === cellId ? (isEditing ? 'editing' : 'selected') : 'none'
  }
  const state = useSyncExternalStore(focus.subscribe, read)
  return { isSelected: state !== 'none', isEditing: state === 'editing' }
}

/** The keyboard is in a field or a button of the cell, or outside of all cells, and must not be taken from there. */
function isElsewhere(cell: HTMLElement | null): boolean {
  const active = document.activeElement
  if (active === null || active === document.body) return false
  return cell?.contains(active) === true || active.closest('[data-cell]') === null
}

/** Rows are read anew whenever any cell is written. */
function isSameCell(before: CellViewProps, after: CellViewProps): boolean {
  return (
    before.number === after.number &&
    before.isLast === after.isLast &&
    before.codeLanguage === after.codeLanguage &&
    before.focus === after.focus &&
    before.onLeave === after.onLeave &&
    before.cell.source === after.cell.source &&
    before.cell.cellType === after.cell.cellType &&
    before.cell.executionCount === after.cell.executionCount
  )
}
