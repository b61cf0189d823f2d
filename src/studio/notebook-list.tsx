import { useRef, useState, useSyncExternalStore } from 'react'
import icon from './icon.svg'
import { Button } from './parts/button.js'
import { showNotebook } from './route.js'
import type { CatalogEntry } from './workspace/catalog.js'
import type { Workspace } from './workspace/workspace.js'

/** Props of {@link NotebookList}. */
export interface NotebookListProps {
  readonly workspace: Workspace
  readonly shownId: string | undefined
  readonly onOpen: (files: readonly File[]) => void
  readonly onProblem: (problem: string) => void
}

/** The notebooks of this browser, and how to get more. */
export function NotebookList({ workspace, shownId, onOpen, onProblem }: NotebookListProps) {
  const entries = useSyncExternalStore(workspace.catalog.subscribe, workspace.catalog.getSnapshot)
  const [isOpen, setOpen] = useState(false)
  const picker = useRef<HTMLInputElement>(null)
  const create = (runtime: 'python' | 'html') => {
    workspace
      .create(runtime === 'html' ? 'Untitled page' : 'Untitled', runtime)
      .then(showNotebook, (error: unknown) => onProblem(`No notebook was made: ${String(error)}`))
  }
  return (
    <nav className={isOpen ? 'sidebar open' : 'sidebar'} aria-label="Notebooks">
      <div className="brand">
        <img src={icon} alt="" width="24" height="24" />
        <span>Studio</span>
        <span className="menu-button">
          <Button label="Notebooks" icon="menu" isBare isPressed={isOpen} onPress={() => setOpen(!isOpen)} />
        </span>
      </div>
      <div className="sidebar-body">
        <ul className="notebooks">
          {entries.map((entry) => (
            <ListEntry
              key={entry.id}
              entry={entry}
              isShown={entry.id === shownId}
              onPick={() => setOpen(false)}
              onRemove={() => void workspace.remove(entry.id)}
            />
          ))}
        </ul>
        <div className="sidebar-actions">
          <Button label="New Python notebook" icon="plus" onPress={() => create('python')} />
          <Button label="New HTML notebook" icon="plus" onPress={() => create('html')} />
          <Button label="Open a file" icon="open" onPress={() => picker.current?.click()} />
          <input
            ref={picker}
            type="file"
            accept=".ipynb"
            multiple
            hidden
            aria-label="Notebook files"
            onChange={(event) => {
              onOpen([...(event.target.files ?? [])])
              event.target.value = ''
            }}
          />
        </div>
      </div>
    </nav>
  )
}

interface ListEntryProps {
  readonly entry: CatalogEntry
  readonly isShown: boolean
  readonly onPick: () => void
  readonly onRemove: () => void
}

function ListEntry({ entry, isShown, onPick, onRemove }: ListEntryProps) {
  const [isAsking, setAsking] = useState(false)
  if (isAsking) {
    return (
      <li className="asking">
        <p>Delete “{entry.title}” for good?</p>
        <Button label="Delete" kind="danger" onPress={onRemove} />
        <Button label="Keep" onPress={() => setAsking(false)} />
      </li>
    )
  }
  return (
    <li>
      <a href={`#/${entry.id}`} aria-current={isShown ? 'page' : undefined} onClick={onPick}>
        {entry.title}
      </a>
      <Button label={`Delete ${entry.title}`} icon="trash" isBare onPress={() => setAsking(true)} />
    </li>
  )
}
