/**
 * The shortest list found that still fails, by leaving out pieces that are halved as soon as none can be spared (delta
 * debugging). Ends after `attempts` tries, with what it has.
 */
export async function shrink<Item>(
  items: readonly Item[],
  stillFails: (items: readonly Item[]) => Promise<boolean>,
  attempts: number,
): Promise<readonly Item[]> {
  let shortest = items
  let left = attempts
  let size = Math.ceil(items.length / 2)
  while (size > 0 && left > 0) {
    const before = shortest.length
    for (let start = 0; start < shortest.length && left > 0; left--) {
      const candidate = [...shortest.slice(0, start), ...shortest.slice(start + size)]
      if (await stillFails(candidate)) shortest = candidate
      else start += size
    }
    if (shortest.length === before || size > 1) size = Math.floor(size / 2)
  }
  return shortest
}
