import { parser as python } from '@lezer/python'
import { classHighlighter, highlightCode } from '@lezer/highlight'
import { useMemo, type ReactNode } from 'react'
import type { EditorLanguage } from './editor-setup.js'

/** Source as an editor shows it, without the weight of one. Only Python is coloured. */
export function StaticSource({ source, language }: { source: string; language: EditorLanguage }) {
  const lines = useMemo(() => toLines(source, language), [source, language])
  return (
    <pre className="static-source">
      {lines.map((line, index) => (
        <span key={index} className="line">
          {line.length === 0 ? ' ' : line}
        </span>
      ))}
    </pre>
  )
}

function toLines(source: string, language: EditorLanguage): ReactNode[][] {
  if (language !== 'python') return source.split('\n').map((text) => (text === '' ? [] : [text]))
  const lines: ReactNode[][] = [[]]
  const add = (text: string, classes: string) => {
    const line = lines.at(-1)
    line?.push(
      classes === '' ? (
        text
      ) : (
        <span key={line.length} className={classes}>
          {text}
        </span>
      ),
    )
  }
  highlightCode(source, python.parse(source), classHighlighter, add, () => void lines.push([]))
  return lines
}
