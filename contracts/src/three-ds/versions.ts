/** Versions of EMV 3-D Secure. 2.3.1 exists in the types alone: what it changes is marked there, and nothing speaks it yet. */
export type ProtocolVersion = '2.1.0' | '2.2.0' | '2.3.1'
export type SpokenVersion = Exclude<ProtocolVersion, '2.3.1'>

/** Oldest first. */
export const spokenVersions: readonly SpokenVersion[] = ['2.1.0', '2.2.0']

export function isSpokenVersion(text: unknown): text is SpokenVersion {
  return spokenVersions.includes(text as SpokenVersion)
}

/** Negative when `left` is older. For texts of the form `2.1.0`. */
export function compareVersions(left: string, right: string): number {
  const rightParts = right.split('.').map(Number)
  for (const [index, part] of left.split('.').map(Number).entries()) {
    const difference = part - (rightParts[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

/** The newest version that we speak and that lies within every one of these ranges, ends included; null when there is none. */
export function newestVersionWithin(...ranges: readonly { start: string; end: string }[]): SpokenVersion | null {
  const lies = (version: string): boolean =>
    ranges.every(({ start, end }) => compareVersions(start, version) <= 0 && compareVersions(version, end) <= 0)
  return spokenVersions.findLast(lies) ?? null
}
