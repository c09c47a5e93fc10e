export interface DiagramOptions {
  readonly views: boolean;
}
