import { type FileRule, findMatches } from './rule.ts'

/** Folders of one person's machine. `/tmp` and system folders are everybody's. */
const machinePaths = /(?<![\w./-])\/(home|Users|root|work)\/[\w.-]+/g
const packageHosts =
  /\bhttps?:\/\/(registry|npm|artifactory|nexus|verdaccio|mirror|proxy)[\w.-]*[:/]|\bhttps?:\/\/(?:\d{1,3}\.){3}\d{1,3}:\d+\/(?:npm|repository)\b/g

/** What only holds on the machine of whoever wrote it. */
export const machineTraces: FileRule = {
  name: 'machine-traces',
  check({ path, text }) {
    return [
      ...findMatches('machine-traces', path, text, machinePaths, (found) => `${found} is a path of one machine`),
      ...findMatches(
        'machine-traces',
        path,
        text,
        packageHosts,
        (found) => `${found} is the address of a package host`,
      ),
    ]
  },
}
