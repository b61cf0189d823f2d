/** The notebooks that a new browser begins with. */
import pythonSample from '../cli/sample.ipynb?raw'
import htmlSample from './html-sample.ipynb?raw'

export const samples = [
  { name: 'A first run.ipynb', title: 'A first run', text: pythonSample },
  { name: 'First steps in HTML.ipynb', title: 'First steps in HTML', text: htmlSample },
] as const
