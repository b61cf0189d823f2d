/** `12 ms`, `3.4 s`, `2 min 05 s`, `1 h 02 min`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 999.5) return `${Math.max(0, Math.round(milliseconds))} ms`
  if (milliseconds < 59_950) return `${(milliseconds / 1000).toFixed(1)} s`
  const seconds = Math.round(milliseconds / 1000)
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min ${twoDigits(seconds % 60)} s`
  return `${Math.floor(minutes / 60)} h ${twoDigits(minutes % 60)} min`
}

/** `0:07`, `12:34`, `1:02:03`. */
export function formatClock(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000)
  const minutes = Math.floor(seconds / 60)
  const tail = twoDigits(seconds % 60)
  if (minutes < 60) return `${minutes}:${tail}`
  return `${Math.floor(minutes / 60)}:${twoDigits(minutes % 60)}:${tail}`
}

/** `12 B`, `3.4 kB`, `12 kB`, `5.6 MB`, in powers of ten. */
export function formatSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  if (bytes < 999_500) return `${shorten(bytes / 1000)} kB`
  return `${shorten(bytes / 1_000_000)} MB`
}

/** `1 cell`, `2 cells`. */
export function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`
}

const shorten = (value: number) => (value < 9.95 ? value.toFixed(1) : value.toFixed(0))

const twoDigits = (value: number) => String(value).padStart(2, '0')
