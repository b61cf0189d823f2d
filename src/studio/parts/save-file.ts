/** Hands a text to the person as a file. Default type: that of notebooks. */
export function saveFile(name: string, text: string, type = 'application/x-ipynb+json'): void {
  const url = URL.createObjectURL(new Blob([text], { type }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
