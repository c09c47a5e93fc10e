// The part of Electron's own declarations that the guide's pages use.
export declare const app: {
  requestSingleInstanceLock(): boolean;
  whenReady(): Promise<void>;
  getPath(name: 'userData'): string;
  getAppPath(): string;
  quit(): void;
  exit(exitCode?: number): void;
};

export declare const dialog: { showErrorBox(title: string, content: string): void };

export declare class BrowserWindow {
  loadFile(filePath: string): Promise<void>;
}
