theme();
all("table").forEach(sortable);
losses();
images();
maps();
explorer();
between();
choice();
