// Loaded before the command line: its clock begins at a given time, and a reading takes a millisecond. So the pictures
// are the same on every machine.
let now = Date.parse(process.env.DUNLIN_RECORDING_NOW);
const Real = Date;
class Clock extends Real {
  constructor(...args) {
    if (args.length === 0) super(Clock.now());
    else super(...args);
  }
  static now() {
    return now++;
  }
}
globalThis.Date = Clock;
