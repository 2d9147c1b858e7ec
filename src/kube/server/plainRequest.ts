/** A request as the parts that are no stored resource see it. */
export interface PlainRequest {
  readonly method: string;
  readonly url: URL;
  readonly accept: string | undefined;
  readonly ifNoneMatch: string | undefined;
  readonly contentType: string;
  readonly body: string;
}
