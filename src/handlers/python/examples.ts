/** Cells for the contract suite. */
import type { HandlerExamples } from '../../execution/handler-examples.js'

const python: HandlerExamples = {
  examples: [
    { title: 'shows the last expression', source: '1 + 1', success: true, shows: ['"text/plain":"2"'] },
    { title: 'shows printed text', source: "print('hello')", success: true, shows: ['"text":"hello\\n"'] },
    {
      title: 'shows a rich result',
      source: "class Rich:\n    def _repr_html_(self): return '<b>rich</b>'\nRich()",
      success: true,
      shows: ['"text/html":"<b>rich</b>"', '"output_type":"execute_result"'],
    },
    {
      title: 'shows a traceback with the line of the cell',
      source: 'value = 0\n1 / value',
      success: false,
      shows: ['"ename":"ZeroDivisionError"', '----> 2 1 / value'],
    },
    {
      title: 'awaits at the top level',
      source: 'import asyncio\nawait asyncio.sleep(0, 5)',
      success: true,
      shows: ['"5"'],
    },
    {
      title: 'refuses a raw cell',
      source: 'x',
      cellType: 'raw',
      success: false,
      shows: ['UnsupportedCellType'],
    },
  ],
  badSource: 'def broken(:',
  endless: { source: "print('begun')\nwhile True:\n    pass", shows: 'begun' },
  state: { set: 'kept = 12345', get: 'globals().get("kept")', value: '12345' },
}

export default python
