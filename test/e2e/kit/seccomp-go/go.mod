module swoll.test/worker

go 1.19
