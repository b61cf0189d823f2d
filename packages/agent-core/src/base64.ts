const chunkSize = 0x8000

/** Encodes bytes; works on Node and in browsers. */
export function toBase64(bytes: Uint8Array): string {
  let binary = ''
  for (let start = 0; start < bytes.length; start += chunkSize) {
    binary += String.fromCharCode(...bytes.subarray(start, start + chunkSize))
  }
  return btoa(binary)
}

/** Decodes; white space is skipped, anything else that is not base64 throws. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text)
  const bytes = new Uint8Array(binary.length)
  for (let index = 0; index < binary.length; index += 1) bytes[index] = binary.charCodeAt(index)
  return bytes
}

/** Upper bound of the number of bytes that decoding `text` gives, without decoding it. */
export function base64ByteBound(text: string): number {
  return Math.ceil((text.length * 3) / 4)
}
