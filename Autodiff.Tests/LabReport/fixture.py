# region loop
walk = [2 * 0.9 ** i for i in range(40)]  # a path
# endregion
