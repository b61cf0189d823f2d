import { cells$, getNotebookInfo, notebookMetadata$, type CellData } from '@runtimed/schema'
import { useCallback, useEffect, useMemo, useState, useSyncExternalStore } from 'react'
import { exportNotebook } from '../notebook/index.js'
import { RuntimeAgentProvider, useRuntimeAgent } from '../react/index.js'
import { useNotebookQuery } from '../react/livestore/index.js'
import { actionOf } from '../status/index.js'
import { CellFocus } from './cells/cell-focus.js'
import { CellView } from './cells/cell-view.js'
import { flushDrafts } from './cells/drafts.js'
import { HelpDialog } from './keys/help-dialog.js'
import { useNotebookKeys } from './keys/use-notebook-keys.js'
import { NotebookContext, useNotebook } from './notebook-context.js'
import { Button } from './parts/button.js'
import { saveFile } from './parts/save-file.js'
import { StatusBadge } from './parts/status-badge.js'
import { SidePanel } from './side-panel.js'
import { isWaiting } from './workspace/agent-host.js'
import type { Notebook } from './workspace/notebook.js'
import type { Workspace } from './workspace/workspace.js'

/** An open notebook: its cells, what can be done with them, and its agent beside them. */
export function NotebookView({ workspace, notebook }: { workspace: Workspace; notebook: Notebook }) {
  const value = useMemo(() => ({ workspace, notebook }), [workspace, notebook])
  return (
    <NotebookContext.Provider value={value}>
      <RuntimeAgentProvider
        userId="local"
        authToken="local"
        store={notebook.store}
        registry={workspace.registry}
      >
        <NotebookPage />
      </RuntimeAgentProvider>
    </NotebookContext.Provider>
  )
}

function NotebookPage() {
  const { notebook, workspace } = useNotebook()
  const cells = useNotebookQuery(cells$)
  const { title } = getNotebookInfo(useNotebookQuery(notebookMetadata$))
  const focus = useMemo(() => new CellFocus(notebook.id), [notebook])
  const [isHelpOpen, setHelpOpen] = useState(false)
  const [isPanelOpen, setPanelOpen] = useState(() => innerWidth >= 1_100)
  const save = useCallback(() => {
    flushDrafts()
    void notebook.writer.idle().then(() => saveFile(`${title}.ipynb`, exportNotebook(notebook.store)))
  }, [notebook, title])
  useEffect(() => workspace.catalog.rename(notebook.id, title), [workspace, notebook, title])
  useEffect(() => {
    document.title = `${title} – Studio`
  }, [title])
  useNotebookKeys({ cells, focus, save, showHelp: () => setHelpOpen(true) })
  const rename = (text: string) => {
    if (text.trim() !== '' && text !== title) notebook.rename(text.trim())
  }
  return (
    <>
      <div className="notebook">
        <header className="notebook-head">
          <TitleField title={title} onRename={rename} />
          <Toolbar
            focus={focus}
            onSave={save}
            onHelp={() => setHelpOpen(true)}
            isPanelOpen={isPanelOpen}
            onPanel={() => setPanelOpen(!isPanelOpen)}
          />
        </header>
        <main className="cells" id="cells">
          <Cells cells={cells} focus={focus} language={notebook.runtime} />
          <div className="add-cell">
            <Button
              label="Code"
              icon="plus"
              onPress={() => focus.select(notebook.writer.createCell('code').cellId, true)}
            />
            <Button
              label="Text"
              icon="plus"
              onPress={() => focus.select(notebook.writer.createCell('markdown').cellId, true)}
            />
          </div>
        </main>
      </div>
      {isPanelOpen && <SidePanel onClose={() => setPanelOpen(false)} />}
      <HelpDialog isOpen={isHelpOpen} onClose={() => setHelpOpen(false)} />
    </>
  )
}

interface CellsProps {
  readonly cells: readonly CellData[]
  readonly focus: CellFocus
  readonly language: 'python' | 'html'
}

function Cells({ cells, focus, language }: CellsProps) {
  const ids = cells.map(({ id }) => id).join()
  const leave = useCallback(
    (cellId: string, direction: -1 | 1) => {
      const order = ids.split(',')
      const next = order[order.indexOf(cellId) + direction]
      if (next !== undefined) focus.select(next, true)
      return next !== undefined
    },
    [ids, focus],
  )
  return (
    <ol className="cell-list">
      {cells.map((cell, index) => (
        <CellView
          key={cell.id}
          cell={cell}
          number={index + 1}
          isLast={index === cells.length - 1}
          codeLanguage={language}
          focus={focus}
          onLeave={leave}
        />
      ))}
    </ol>
  )
}

/** The title, which becomes the name of the notebook when the field is left. */
function TitleField({ title, onRename }: { title: string; onRename: (title: string) => void }) {
  return (
    <h1 className="title">
      <input
        key={title}
        aria-label="Title of the notebook"
        defaultValue={title}
        onBlur={(event) => onRename(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') event.currentTarget.blur()
        }}
      />
    </h1>
  )
}

interface ToolbarProps {
  readonly focus: CellFocus
  readonly isPanelOpen: boolean
  readonly onSave: () => void
  readonly onHelp: () => void
  readonly onPanel: () => void
}

function Toolbar({ focus, isPanelOpen, onSave, onHelp, onPanel }: ToolbarProps) {
  const { notebook } = useNotebook()
  const { writer } = notebook
  const { cellId } = useSyncExternalStore(focus.subscribe, focus.getSnapshot)
  const { status, queue } = useRuntimeAgent(notebook.id)
  const waiting = queue.filter(({ position }) => position > 0).length
  const runAll = () => {
    flushDrafts()
    writer.requestAllExecutions()
  }
  const runAbove = () => {
    flushDrafts()
    notebook.runAbove(cellId ?? '')
  }
  return (
    <div className="toolbar" role="toolbar" aria-label="Notebook">
      <Button label="Run all" icon="play-all" kind="primary" onPress={runAll} />
      <Button
        label="Run above"
        icon="play-above"
        isBare
        disabledReason={cellId === null ? 'Select a cell first.' : undefined}
        onPress={runAbove}
      />
      <Button
        label="Interrupt"
        icon="pause"
        isBare
        keys="Ctrl+C"
        disabledReason={actionOf(status, 'interrupt').reason}
        onPress={() => notebook.host.command('interrupt')}
      />
      <Button
        label="Cancel what waits"
        icon="cross"
        isBare
        disabledReason={waiting === 0 ? 'No cell waits.' : undefined}
        onPress={() => writer.cancelAllExecutions(undefined, isWaiting)}
      />
      <Button
        label="Restart"
        icon="restart"
        isBare
        keys="0 0"
        disabledReason={actionOf(status, 'restart').reason}
        onPress={() => notebook.host.command('restart')}
      />
      <Button label="Save as a file" icon="save" isBare keys="Ctrl+S" onPress={onSave} />
      <Button label="Keys" icon="help" isBare keys="H" onPress={onHelp} />
      <span className="toolbar-state" aria-live="polite">
        <StatusBadge status={status} detail={waiting > 0 ? `${waiting} waiting` : undefined} />
      </span>
      <InspectButton />
      <Button label="Agent and events" icon="panel" isBare isPressed={isPanelOpen} onPress={onPanel} />
    </div>
  )
}

/** The switch of the inspector, which watches all agents of this tab. */
function InspectButton() {
  const { inspector } = useNotebook().workspace
  const isOn = useSyncExternalStore(inspector.subscribe, inspector.isOn)
  return (
    <Button label="Inspect" icon="inspect" isBare isPressed={isOn} onPress={() => inspector.turn(!isOn)} />
  )
}
