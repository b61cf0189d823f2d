import { lazy, Suspense, useEffect, useState, useSyncExternalStore } from 'react'
import { flushDrafts } from './cells/drafts.js'
import { Banner } from './parts/banner.js'
import { NotebookList } from './notebook-list.js'
import { NotebookView } from './notebook-view.js'
import { useFileDrop } from './use-file-drop.js'
import { useNotebookId, showNotebook } from './route.js'
import type { Notebook } from './workspace/notebook.js'
import type { Workspace } from './workspace/workspace.js'

const Inspector = lazy(() =>
  import('./inspector/inspector.js').then((inspector) => ({ default: inspector.Inspector })),
)

/** The studio: the list of notebooks, and the one that is shown. */
export function App({ workspace }: { workspace: Workspace }) {
  const entries = useSyncExternalStore(workspace.catalog.subscribe, workspace.catalog.getSnapshot)
  const wanted = useNotebookId()
  const id = entries.some((entry) => entry.id === wanted) ? wanted : entries[0]?.id
  const [problem, setProblem] = useState<string>()
  const open = useFileOpening(workspace, setProblem)
  const isDragging = useFileDrop((files) => void open(files))
  const { notebook, error } = useOpenNotebook(workspace, id)
  useEffect(() => {
    if (entries.length === 0) workspace.addSamples()
  }, [workspace, entries])
  return (
    <div className="studio">
      <a className="skip" href="#cells">
        Skip to the cells
      </a>
      <NotebookList
        workspace={workspace}
        shownId={id}
        onOpen={(files) => void open(files)}
        onProblem={setProblem}
      />
      <div className="stage">
        <Banners notebook={notebook} problem={problem ?? error} onDismiss={() => setProblem(undefined)} />
        {notebook ? (
          <div className="stage-body">
            <NotebookView key={notebook.id} workspace={workspace} notebook={notebook} />
          </div>
        ) : (
          <p className="opening" role="status">
            Opening the notebook …
          </p>
        )}
        <InspectorDock workspace={workspace} notebookId={id} />
      </div>
      {isDragging && (
        <div className="drop" aria-hidden="true">
          Drop notebooks here
        </div>
      )}
    </div>
  )
}

function InspectorDock({ workspace, notebookId }: { workspace: Workspace; notebookId: string | undefined }) {
  const { subscribe, isOn } = workspace.inspector
  if (!useSyncExternalStore(subscribe, isOn)) return null
  return (
    <Suspense fallback={<p className="inspector-opening">Opening the inspector …</p>}>
      <Inspector workspace={workspace} notebookId={notebookId} />
    </Suspense>
  )
}

interface BannersProps {
  readonly notebook: Notebook | undefined
  readonly problem: string | undefined
  readonly onDismiss: () => void
}

function Banners({ notebook, problem, onDismiss }: BannersProps) {
  const isOffline = useSyncExternalStore(subscribeToNetwork, () => !navigator.onLine)
  return (
    <div className="banners" role="region" aria-label="Notices">
      {isOffline && (
        <Banner
          tone="warning"
          text="You are offline. Everything here goes on working, and is kept in this browser."
        />
      )}
      {problem !== undefined && <Banner tone="danger" text={problem} onDismiss={onDismiss} />}
      {notebook && <Recovery notebook={notebook} />}
    </div>
  )
}

function subscribeToNetwork(listener: () => void): () => void {
  addEventListener('online', listener)
  addEventListener('offline', listener)
  return () => {
    removeEventListener('online', listener)
    removeEventListener('offline', listener)
  }
}

/** A store that takes nothing any more is opened anew, with the whole page; what it did not take is in the journal. */
function Recovery({ notebook }: { notebook: Notebook }) {
  const isStuck = useSyncExternalStore(notebook.subscribe, notebook.isStuck)
  useEffect(() => {
    if (!isStuck || !mayReload()) return
    flushDrafts()
    location.reload()
  }, [isStuck])
  if (!isStuck) return null
  const text =
    'The notebook takes no changes at the moment. What you did is kept; close its other tabs and load this page again.'
  return <Banner tone="warning" text={text} />
}

/** Milliseconds after which a page that was loaded again to get a store going may be loaded again. */
const reloadPauseMs = 20_000

/** False shortly after the last time: what did not help then does not help now. */
function mayReload(): boolean {
  const key = 'studio.reloaded'
  const last = Number(sessionStorage.getItem(key) ?? 0)
  const now = Date.now()
  if (now - last < reloadPauseMs) return false
  sessionStorage.setItem(key, String(now))
  return true
}

function useOpenNotebook(workspace: Workspace, id: string | undefined) {
  const [state, setState] = useState<{ id?: string; notebook?: Notebook; error?: string }>({})
  useEffect(() => {
    if (id === undefined) return
    let isWanted = true
    const settle = (result: { notebook?: Notebook; error?: string }) => {
      if (isWanted) setState({ id, ...result })
    }
    workspace.open(id).then(
      (notebook) => settle({ notebook }),
      (error: unknown) => settle({ error: `The notebook could not be opened: ${String(error)}` }),
    )
    return () => {
      isWanted = false
    }
  }, [workspace, id])
  const isCurrent = state.id === id
  return { notebook: isCurrent ? state.notebook : undefined, error: isCurrent ? state.error : undefined }
}

function useFileOpening(workspace: Workspace, onProblem: (problem: string) => void) {
  return async (files: readonly File[]) => {
    for (const file of files) {
      try {
        const { id, warnings } = await workspace.import(file.name, new Uint8Array(await file.arrayBuffer()))
        showNotebook(id)
        if (warnings.length > 0) onProblem(`Something in the file was put right. ${warnings.join(' ')}`)
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error)
        onProblem(`${file.name} could not be opened. ${reason.replace(/^\[\w+\] /, '')}`)
      }
    }
  }
}
