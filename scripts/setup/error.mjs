/** Something the user must put right. `fix`, if given, is a command or an action that does. */
export class SetupError extends Error {
  /** @param {string} message @param {string} [fix] */
  constructor(message, fix) {
    super(message)
    this.fix = fix
  }
}
