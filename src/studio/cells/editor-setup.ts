/** CodeMirror as the studio uses it; loaded when the first editor is shown. */
import { python } from '@codemirror/lang-python'
import { syntaxHighlighting } from '@codemirror/language'
import { Compartment, EditorState, Prec, type Extension } from '@codemirror/state'
import { EditorView, keymap } from '@codemirror/view'
import { classHighlighter } from '@lezer/highlight'
import { basicSetup } from 'codemirror'

/** Languages of the editor. */
export type EditorLanguage = 'python' | 'html' | 'markdown' | 'text'

/** What an editor tells. */
export interface EditorEvents {
  onChange(text: string): void
  onFocus(): void
  onBlur(): void
  /** True when the cursor may leave the editor at its upper or lower end. */
  onLeave(direction: -1 | 1): boolean
}

const languages = {
  python: () => python(),
  html: () => import('@codemirror/lang-html').then(({ html }) => html()),
  markdown: () => import('@codemirror/lang-markdown').then(({ markdown }) => markdown()),
  text: () => [],
} satisfies Record<EditorLanguage, () => Extension | Promise<Extension>>

/** Keys of the notebook, which the editor must not take for its own. */
const notebookKeys = ['Shift-Enter', 'Mod-Enter', 'Alt-Enter']

/** Makes an editor inside an element. */
export function createEditor(
  parent: HTMLElement,
  { text, language, label }: { text: string; language: EditorLanguage; label: string },
  events: EditorEvents,
): EditorView {
  const leave = (direction: -1 | 1) => (view: EditorView) =>
    isAtEnd(view, direction) && events.onLeave(direction)
  const keys = [
    ...notebookKeys.map((key) => ({ key, run: () => true, preventDefault: false })),
    { key: 'ArrowUp', run: leave(-1) },
    { key: 'ArrowDown', run: leave(1) },
  ]
  const support = new Compartment()
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: text,
      extensions: [
        Prec.highest(keymap.of(keys)),
        basicSetup,
        support.of([]),
        syntaxHighlighting(classHighlighter),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ 'aria-label': label }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) events.onChange(update.state.doc.toString())
        }),
        EditorView.domEventHandlers({
          focus: () => events.onFocus(),
          blur: () => events.onBlur(),
        }),
      ],
    }),
  })
  void Promise.resolve(languages[language]()).then((extension) =>
    view.dispatch({ effects: support.reconfigure(extension) }),
  )
  return view
}

/** Puts another text into the editor, the cursor where it was as far as that is possible. */
export function replaceText(view: EditorView, text: string): void {
  const { doc } = view.state
  if (doc.toString() === text) return
  view.dispatch({ changes: { from: 0, to: doc.length, insert: text } })
}

function isAtEnd(view: EditorView, direction: -1 | 1): boolean {
  const { main } = view.state.selection
  if (!main.empty || view.dom.querySelector('.cm-tooltip-autocomplete')) return false
  const line = view.state.doc.lineAt(main.head).number
  return direction === -1 ? line === 1 : line === view.state.doc.lines
}
