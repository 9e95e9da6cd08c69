/** Questions of a page: numbers over time, trouble, units, flows, a heat map. */
export const QUESTIONS = [
  'table?by=syscall&window=300s&sort=working&limit=50&points=60',
  'table?by=unit,syscall,errno&window=300s&show=trouble&sort=trouble&limit=50',
  'table?by=unit&window=300s&limit=200&points=60',
  'table?by=class,group,unit,syscall,errno&window=300s&limit=1000',
  'latency?window=300s&points=60',
]
