import type { EditorView } from '@codemirror/view'
import { useEffect, useLayoutEffect, useRef, useState } from 'react'
import { onFlushDrafts } from './drafts.js'
import type { EditorLanguage } from './editor-setup.js'
import type * as EditorSetup from './editor-setup.js'
import { StaticSource } from './static-source.js'

/** Milliseconds without a key stroke after which what was typed is recorded. */
const pauseMs = 400

/** Props of {@link CodeEditor}. */
export interface CodeEditorProps {
  readonly label: string
  readonly source: string
  readonly language: EditorLanguage
  /** The editor has, or takes, the keyboard. */
  readonly isEditing: boolean
  readonly onSource: (source: string) => void
  readonly onFocus: () => void
  readonly onLeave: (direction: -1 | 1) => boolean
}

type Setup = typeof EditorSetup

let loaded: Setup | undefined
const loading = () => import('./editor-setup.js').then((setup) => (loaded = setup))

/** The source of a cell: an editor from the moment on in which somebody comes near, and its picture until then. */
export function CodeEditor(props: CodeEditorProps) {
  const { isEditing, onFocus } = props
  const [isNear, setNear] = useState(isEditing)
  const [setup, setSetup] = useState(loaded)
  const isWanted = isNear || isEditing
  useEffect(() => {
    if (isWanted && !setup) void loading().then(setSetup)
  }, [isWanted, setup])
  if (isWanted && setup) return <LoadedEditor key={props.language} {...props} setup={setup} />
  return (
    <div onPointerEnter={() => setNear(true)} onClick={onFocus}>
      <StaticSource source={props.source} language={props.language} />
    </div>
  )
}

function LoadedEditor({ setup, ...props }: CodeEditorProps & { setup: Setup }) {
  const { source, language, label, isEditing } = props
  const place = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView>(undefined)
  const draft = useRef<string>(undefined)
  const latest = useRef(props)
  useLayoutEffect(() => {
    latest.current = props
  })
  useLayoutEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const flush = () => {
      clearTimeout(timer)
      const text = draft.current
      draft.current = undefined
      if (text !== undefined) latest.current.onSource(text)
    }
    const initial = { text: latest.current.source, language, label }
    const editor = setup.createEditor(place.current as HTMLDivElement, initial, {
      onChange: (text) => {
        if (text === latest.current.source && draft.current === undefined) return
        draft.current = text
        clearTimeout(timer)
        timer = setTimeout(flush, pauseMs)
      },
      onFocus: () => latest.current.onFocus(),
      onBlur: flush,
      onLeave: (direction) => latest.current.onLeave(direction),
    })
    view.current = editor
    const forget = onFlushDrafts(flush)
    return () => {
      flush()
      forget()
      editor.destroy()
    }
  }, [setup, language, label])
  useEffect(() => {
    if (view.current && draft.current === undefined) setup.replaceText(view.current, source)
  }, [setup, source])
  useEffect(() => {
    if (isEditing) view.current?.focus()
    else if (view.current?.hasFocus) view.current.contentDOM.blur()
  }, [isEditing])
  return <div className="editor" ref={place} />
}
