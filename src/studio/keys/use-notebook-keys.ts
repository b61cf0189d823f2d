import type { CellData, CellType } from '@runtimed/schema'
import { useEffect, useLayoutEffect, useRef } from 'react'
import type { CellFocus } from '../cells/cell-focus.js'
import { flushDrafts } from '../cells/drafts.js'
import { useNotebook } from '../notebook-context.js'
import { KeyReader, type KeyCommand } from './key-bindings.js'

/** What the keys of a notebook work on. */
export interface NotebookKeysOptions {
  readonly cells: readonly CellData[]
  readonly focus: CellFocus
  readonly save: () => void
  readonly showHelp: () => void
}

/** Listens to the keys of the notebook as long as the calling component is shown. */
export function useNotebookKeys(options: NotebookKeysOptions): void {
  const perform = useCommands(options)
  const latest = useRef({ perform, focus: options.focus })
  useLayoutEffect(() => {
    latest.current = { perform, focus: options.focus }
  })
  useEffect(() => {
    const reader = new KeyReader()
    const listen = (event: KeyboardEvent) => {
      if (isForOthers(event)) return
      const { isEditing } = latest.current.focus.getSnapshot()
      const command = reader.read(event, isEditing && isInEditor(event), event.timeStamp)
      if (command === undefined || !latest.current.perform(command)) return
      event.preventDefault()
      event.stopPropagation()
    }
    addEventListener('keydown', listen, { capture: true })
    return () => removeEventListener('keydown', listen, { capture: true })
  }, [])
}

/** Returns the function that performs a command; false when there was nothing to do. */
function useCommands({
  cells,
  focus,
  save,
  showHelp,
}: NotebookKeysOptions): (command: KeyCommand) => boolean {
  const { notebook } = useNotebook()
  const { writer } = notebook
  return (command) => {
    const { cellId } = focus.getSnapshot()
    const index = cells.findIndex(({ id }) => id === cellId)
    const cell = cells[index]
    const beside = (by: -1 | 1) => cells[index === -1 ? (by === 1 ? 0 : cells.length - 1) : index + by]?.id
    switch (command) {
      case 'save':
        save()
        return true
      case 'help':
        showHelp()
        return true
      case 'interrupt':
        if (String(getSelection()) !== '') return false
        notebook.host.command('interrupt')
        return true
      case 'restart':
        notebook.host.command('restart')
        return true
      case 'previous':
      case 'next': {
        const next = beside(command === 'next' ? 1 : -1)
        if (next !== undefined) focus.select(next)
        return next !== undefined
      }
      default:
        return cellId !== null && onCell(command, cellId, cell?.cellType ?? 'code')
    }

    function onCell(name: KeyCommand, id: string, cellType: CellType): boolean {
      const run = () => {
        flushDrafts()
        if (cellType === 'code') notebook.run(id)
      }
      switch (name) {
        case 'run':
          run()
          focus.select(id)
          return true
        case 'run-and-advance':
          run()
          focus.select(beside(1) ?? writer.createCell('code').cellId, beside(1) === undefined)
          return true
        case 'run-and-insert':
          run()
          focus.select(writer.createCell('code', { below: id }).cellId, true)
          return true
        case 'command-mode':
          focus.select(id)
          return true
        case 'edit':
          focus.select(id, true)
          return true
        case 'add-above':
          focus.select(writer.createCell('code', { above: id }).cellId)
          return true
        case 'add-below':
          focus.select(writer.createCell('code', { below: id }).cellId)
          return true
        case 'delete':
          focus.select(beside(1) ?? beside(-1) ?? null)
          writer.deleteCell(id)
          return true
        case 'to-markdown':
          writer.setCellType(id, 'markdown')
          return true
        case 'to-code':
          writer.setCellType(id, 'code')
          return true
        case 'move-up':
          writer.moveCell(id, { by: -1 })
          return true
        case 'move-down':
          writer.moveCell(id, { by: 1 })
          return true
        default:
          return false
      }
    }
  }
}

const isInEditor = ({ target }: KeyboardEvent): boolean =>
  target instanceof Element && target.closest('.cm-editor') !== null

/** Keys for a dialog, a field, what can be scrolled or moved beside the cells, or a button that waits for Enter. */
function isForOthers({ target, key, ctrlKey, metaKey }: KeyboardEvent): boolean {
  if (!(target instanceof Element)) return true
  if (target.closest('dialog, input, select, textarea') !== null) return true
  const isBeside = target.closest('.inspector, .side-panel [tabindex="0"]') !== null
  if (isBeside && !ctrlKey && !metaKey) return true
  const isPressing = key === 'Enter' || key === ' '
  return isPressing && target.closest('button, a, summary') !== null
}
