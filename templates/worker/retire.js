{
  onActivate(deleteForeignCaches);
}
