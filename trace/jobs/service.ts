/** Under this name all of a process have the table of jobs in common: who opens it says how it is. */
export const JOBS_SERVICE = 'trace jobs'
