/** What the page of a tab asks that could not be made again after a reload. */
export interface UnavailableRequests {
  ready: {
    params: Record<string, never>;
    result: { readonly title: string; readonly message: string; readonly texts: Readonly<Record<string, string>> };
  };
  /** Answers before it is tried: the page is replaced then. */
  tryAgain: { params: Record<string, never>; result: null };
}
