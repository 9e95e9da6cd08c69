/** kubectl, as users run it. */
import { join } from 'node:path'
import { GoProgram } from '../../../kit/go-program.ts'

export const kubectl = new GoProgram({ name: 'kubectl', folder: join(import.meta.dirname, 'kubectl') })
