/** The notebooks that a new browser begins with. */
import pythonSample from '../cli/sample.ipynb?raw'
import htmlSample from './html-sample.ipynb?raw'

export const samples = [
  { name: 'First steps in Python.ipynb', text: pythonSample },
  { name: 'First steps in HTML.ipynb', text: htmlSample },
] as const
