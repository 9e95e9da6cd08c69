/** The role of an extension that says who sends: exporters ask it for the headers of each request. */
export interface ClientAuth {
  /**
   * Headers for a request that goes out now; names in lower case, values are secrets. Rejects with PipelineError, retryable, if there
   * are none at the moment, such as when a server that gives them does not answer.
   */
  headers(abort: AbortSignal): Promise<Readonly<Record<string, string>>>
}
