import { parseSamples } from '../../exporters/prometheus/parse-text.ts'

/** Scrapes `url`, and returns how many calls of `getppid` this cgroup has made. */
export async function scrapedCalls(url: string, cgroup: string): Promise<number> {
  const samples = [...parseSamples(await (await fetch(url)).text())]
  return samples
    .filter(([series]) => series.startsWith('swoll_node_metrics_syscall_count{'))
    .filter(([series]) => series.includes(`unit="/${cgroup}"`) && series.includes('"sys_getppid"'))
    .reduce((sum, [, count]) => sum + Number(count), 0)
}
