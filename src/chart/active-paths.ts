/** The value of a snapshot: the name of a state, or an object with an entry for each region or inner state. */
export type StateValue = string | { readonly [key: string]: StateValue | undefined }

/** Every active state by its path, the machine itself (the empty path) first. None without a value. */
export function activePaths(value: StateValue | undefined): ReadonlySet<string> {
  return new Set(value === undefined ? [] : ['', ...below(value, [])])
}

/** A value as a person reads it: `executing`, `open.editing`, or `open.left, open.right` for regions. */
export function stateText(value: StateValue): string {
  const paths = below(value, [])
  return paths.filter((path) => !paths.some((other) => other.startsWith(`${path}.`))).join(', ')
}

function below(value: StateValue, parents: readonly string[]): string[] {
  if (typeof value === 'string') return [[...parents, value].join('.')]
  return Object.entries(value).flatMap(([key, inner]) => {
    const path = [...parents, key]
    return [path.join('.'), ...(inner === undefined ? [] : below(inner, path))]
  })
}
