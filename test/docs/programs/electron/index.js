// Stands in for Electron on the guide's pages: what a program needs to start, and to say that it cannot.
import process from 'node:process';

export const app = {
  requestSingleInstanceLock: () => true,
  whenReady: () => Promise.resolve(),
  getPath: () => process.cwd(),
  getAppPath: () => process.cwd(),
  quit: () => process.exit(0),
  exit: (code) => process.exit(code),
};

export const dialog = { showErrorBox: (title, content) => console.log(`${title}\n\n${content}`) };

export class BrowserWindow {
  async loadFile(file) {
    console.log(`a window with ${file}`);
  }
}
