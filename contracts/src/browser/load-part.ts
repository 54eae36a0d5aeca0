/**
 * Scripts that most pages need only later, or never. The script that asks for one holds its hash, so that whoever pinned the first
 * has pinned them all.
 */
export interface PartPlace {
  path: string
  integrity: string
}

const loading = new Map<string, Promise<unknown>>()

/** A part hands itself over at its own script element: no name in the page's global scope is taken. */
export function loadPart<Part>(vaultUrl: string, { path, integrity }: PartPlace): Promise<Part> {
  const src = vaultUrl + path
  const known = loading.get(src)
  if (known !== undefined) return known as Promise<Part>
  const part = new Promise<Part>((resolve, reject) => {
    const script = Object.assign(document.createElement('script'), { integrity, crossOrigin: 'anonymous' })
    script.onload = () => resolve((script as unknown as { tessera: Part }).tessera)
    script.onerror = () => {
      loading.delete(src)
      reject(new Error(`${src} did not load`))
    }
    script.src = src
    document.head.append(script)
  })
  loading.set(src, part)
  return part
}

export function handOver(part: object): void {
  Object.assign(document.currentScript as HTMLScriptElement, { tessera: part })
}
