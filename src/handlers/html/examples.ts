/** Cells for the contract suite. */
import type { HandlerExamples } from '../../execution/handler-examples.js'

const html: HandlerExamples = {
  examples: [
    {
      title: 'shows HTML and its source',
      source: '<b>bold</b>',
      success: true,
      shows: ['"text/html":"<b>bold</b>"'],
    },
    {
      title: 'drops a %%html line',
      source: '%%html --isolated\n<i>body</i>\n',
      success: true,
      shows: ['"text/html":"<i>body</i>\\n"', '"text/plain":"<i>body</i>\\n"'],
    },
    { title: 'shows an empty cell', source: '', success: true, shows: ['"text/html":""'] },
    {
      title: 'keeps a %%html in the middle',
      source: '<p>%%html</p>',
      success: true,
      shows: ['<p>%%html</p>'],
    },
    {
      title: 'refuses a markdown cell',
      source: '# title',
      cellType: 'markdown',
      success: false,
      shows: ['UnsupportedCellType', 'markdown'],
    },
    {
      title: 'refuses an SQL cell',
      source: 'select 1',
      cellType: 'sql',
      success: false,
      shows: ['UnsupportedCellType'],
    },
  ],
}

export default html
